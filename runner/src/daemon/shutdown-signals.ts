import type { Logger } from "pino";

const signals = ["SIGTERM", "SIGINT"] as const;

/** The first signal drains, the second hands back at once. */
export function onShutdownSignals(actions: { drain(): void; handBack(): void }, log: Logger): void {
  let seen = 0;
  for (const signal of signals)
    process.on(signal, () => {
      seen++;
      log.info({ signal, seen }, seen === 1 ? "draining; once more hands back at once" : "handing back at once");
      if (seen === 1) actions.drain();
      else actions.handBack();
    });
}
