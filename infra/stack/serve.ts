import { stopSignal } from "./process/stop-signal.ts";
import { readSettings } from "./settings.ts";
import { startStack } from "./stack.ts";
import { describeFailure } from "./stack-failure.ts";

/**
 * The control plane as a process of its own: starts, prints one line of JSON when it can be used, and stops on SIGTERM or
 * SIGINT. Settings come from the environment (settings.ts). Exit code 1 and a sentence on stderr when it can't start.
 */
async function main(): Promise<void> {
  const stack = await startStack({
    ...readSettings(process.env),
    supervisorPid: process.argv.includes("--supervised") ? process.ppid : undefined,
  });
  // Miniflare ends the process at the first signal, before anything can be put in order.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.removeAllListeners(name);
  const stopping = stopSignal(() => undefined);
  const { url, dataDir, logPath, orphansEnded, migrated } = stack;
  console.log(JSON.stringify({ event: "ready", url, dataDir, logPath, orphansEnded, migrated }));
  await stopping;
  await stack.stop();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(describeFailure(error));
  process.exit(1);
}
