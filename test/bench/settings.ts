import { parseArgs } from "node:util";

/** In the report's order. */
export const parts = ["dispatch", "accept", "lease", "conversion"] as const;
export type Part = (typeof parts)[number];

/** How much of each is measured. The whole run stays under five minutes on two cores. */
export const amounts = {
  dispatch: { warmUps: 2, rounds: 40, durationMs: 25_000 },
  conversionPairs: 3,
  create: { warmUpMs: 1_500, durationMs: 8_000 },
  read: { warmUpMs: 500, durationMs: 4_000 },
  lease: { warmUpMs: 1_000, durationMs: 8_000 },
  /** Waiting jobs when leasing begins; a side that needs longer than this to take them begins with fewer. */
  waitingJobs: 6_000,
  fillMs: 10_000,
  /** Runners that lease over HTTP. */
  runners: 16,
} as const;

export interface BenchSettings {
  readonly parts: ReadonlySet<Part>;
}

/** `--only dispatch,lease` runs these parts alone. @throws with a sentence on anything else. */
export function readBenchSettings(argv: readonly string[]): BenchSettings {
  const { values } = parseArgs({ args: [...argv], options: { only: { type: "string" } } });
  if (values.only === undefined) return { parts: new Set(parts) };
  const wanted = values.only.split(",").map((name) => {
    const part = parts.find((known) => known === name);
    if (part === undefined) throw new Error(`--only takes ${parts.join(", ")}, not "${name}"`);
    return part;
  });
  return { parts: new Set(wanted) };
}
