import { formatAge } from "@reelway/shared/cli/terminal/units";
import { useNow } from "./now.ts";
import { fullTime } from "./units.ts";

/** "3 min ago", with the full time as its title. */
export function Time({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {formatAge(at, useNow(10_000))}
    </time>
  );
}
