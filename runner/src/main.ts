import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { logFinding } from "./box/log-finding.ts";
import { yielding } from "./box/niceness.ts";
import { openSandbox } from "./box/open-sandbox.ts";
import { programsOf } from "./box/prove-walls.ts";
import { type Config, readConfig } from "./config.ts";
import { Daemon } from "./daemon/daemon.ts";
import { onShutdownSignals } from "./daemon/shutdown-signals.ts";
import { doctor } from "./doctor/doctor.ts";
import { openEngine } from "./engine/open-engine.ts";
import { openTools } from "./ffmpeg/tools.ts";
import { openHost } from "./hardware/open-host.ts";
import { kindOf } from "./kinds/catalogue.ts";
import { createLog } from "./log.ts";
import { startTracing } from "./telemetry/start-tracing.ts";
import { version } from "./version.ts";

/** Exit codes: 0 stopped as asked, 1 failed (the supervisor starts it again), 2 wrong settings. */
const exitCodes = { stopped: 0, failed: 1, usage: 2 } as const;

process.exit(await main(process.argv.slice(2)));

async function main([command, ...words]: readonly string[]): Promise<number> {
  if (command === "doctor") return doctor(words);
  if (command !== undefined) {
    process.stderr.write(
      `reelway-runner: there is no ${command}; \`reelway-runner\` runs, \`reelway-runner doctor\` looks\n`,
    );
    return exitCodes.usage;
  }
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
    // Trying again brings no sandbox that is not installed.
    return error instanceof ReelwayError && error.code === "sandbox_unavailable" ? exitCodes.usage : exitCodes.failed;
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
  const { ffmpegPath, ffprobePath, enginePath, stateDirectory, scratchDirectory } = config;
  const tools = await openTools({ ffmpegPath, ffprobePath });
  const engine = await openEngine({ path: enginePath }, log);
  const sandbox = await openSandbox({
    settings: config.sandbox,
    slots: config.slotsMax,
    scratchDirectory,
    stateDirectory,
    programs: programsOf(tools, engine),
    engine: engine?.path ?? null,
  });
  logFinding(sandbox.finding, log);
  daemon = new Daemon({
    config,
    engine,
    sandbox: yielding(sandbox, config.niceness),
    prove: (onChange) => openHost({ config, tools, engine, sandbox, onChange, log }),
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
