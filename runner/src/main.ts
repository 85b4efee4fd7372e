import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type Config, readConfig } from "./config.ts";
import { Daemon } from "./daemon/daemon.ts";
import { onShutdownSignals } from "./daemon/shutdown-signals.ts";
import { engineCapabilities, openEngine } from "./engine/open-engine.ts";
import { detect } from "./hardware/detect.ts";
import { kindOf } from "./kinds/catalogue.ts";
import { createLog } from "./log.ts";
import { startTracing } from "./telemetry/start-tracing.ts";
import { version } from "./version.ts";

/** Exit codes: 0 stopped as asked, 1 failed (the supervisor starts it again), 2 wrong settings. */
const exitCodes = { stopped: 0, failed: 1, usage: 2 } as const;

process.exit(await main());

async function main(): Promise<number> {
  let config: Config;
  try {
    config = readConfig(process.env);
  } catch (error) {
    printConfigError(error);
    return exitCodes.usage;
  }
  const log = createLog(config.logLevel);
  log.info({ version, region: config.region, slots: config.slots, url: config.url }, "starting");
  const tracing = await startTracing(config, log);
  try {
    return await runDaemon(config, log);
  } catch (error) {
    log.fatal({ err: error }, "the runner could not start");
    return exitCodes.failed;
  } finally {
    await tracing.stop();
  }
}

async function runDaemon(config: Config, log: ReturnType<typeof createLog>): Promise<number> {
  let daemon: Daemon | undefined;
  const stopEarly = () => process.exit(exitCodes.stopped);
  onShutdownSignals(
    {
      drain: () => (daemon ? daemon.drain() : stopEarly()),
      handBack: () => (daemon ? daemon.handBack() : stopEarly()),
    },
    log,
  );
  const { ffmpegPath, ffprobePath, enginePath, stateDirectory } = config;
  const detected = await detect({ ffmpegPath, ffprobePath, cacheDirectory: stateDirectory });
  const { tools } = detected;
  const engine = await openEngine({ path: enginePath, launcher: tools.launcher }, log);
  const capabilities = [...detected.capabilities, ...engineCapabilities(engine)].sort();
  log.info({ ffmpeg: tools.version, engine: engine?.version ?? null, capabilities }, "this host can");
  daemon = new Daemon({
    config,
    tools,
    engine,
    capabilities,
    kindOf,
    log,
    // The one line on stdout: whoever started the runner waits for it.
    onReady: (ready) => process.stdout.write(`${JSON.stringify({ event: "ready", ...ready })}\n`),
  });
  return daemon.run();
}

function printConfigError(error: unknown): void {
  if (!(error instanceof ReelwayError)) throw error;
  const lines = error.errors.map(({ path, message }) => `  ${path}: ${message}`);
  process.stderr.write(`reelway-runner: the settings are not valid\n${lines.join("\n")}\n`);
}
