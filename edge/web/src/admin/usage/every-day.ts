import type { Usage, UsageDay } from "@reelway/shared/contracts/usage";

const dayMs = 86_400_000;

/** All days of the span, also those on which nothing was counted. */
export function everyDay({ from, to, days }: Pick<Usage, "from" | "to" | "days">): {
  day: string;
  figures: UsageDay | undefined;
}[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
  const byDay = new Map(days.map((figures) => [figures.day, figures]));
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10);
    return { day, figures: byDay.get(day) };
  });
}
