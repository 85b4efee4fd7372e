/** Cloudflare's list prices, US dollars per million, beyond what a month includes (developers.cloudflare.com, read November 2026). */
const perMillion = {
  "worker requests": 0.3,
  "object requests": 0.15,
  "object rows written": 1,
  "d1 rows read": 0.001,
  "d1 rows written": 1,
  /** A message is written, read and deleted: three operations of $0.40/M. */
  "queue messages": 1.2,
  "r2 class A": 4.5,
  "r2 class B": 0.36,
} as const;

export type Billed = keyof typeof perMillion;
export const billed = Object.keys(perMillion) as Billed[];

export function dollarsOf(name: Billed, count: number): number {
  return (count * perMillion[name]) / 1_000_000;
}
