import { exitCodes } from "./exit-codes.ts";
import { Interrupted } from "./failures.ts";

/**
 * Ctrl-C once asks for an orderly end (the signal aborts, whoever works cleans up), twice leaves at once.
 * SIGTERM and a closed terminal mean the same.
 */
export function listenForInterrupts(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new Interrupted());
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return controller.signal;
}
