/** Milliseconds with three digits that matter: `0.82 ms`, `12.3 ms`, `1.24 s`. */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1_000) return `${(value / 1_000).toFixed(2)} s`;
  return `${value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)} ms`;
}

export function perSecond(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return `${Math.round(value).toLocaleString("en")}/s`;
}

/** How often `other` goes into `ours`: 0.50× is half. */
export function ratio(ours: number | null | undefined, other: number | null | undefined): string {
  if (ours === null || ours === undefined || !other || !Number.isFinite(ours)) return "–";
  return `${(ours / other).toFixed(2)}×`;
}
