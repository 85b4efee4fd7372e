import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "@reelway/shared/clock";
import { Connection, connectionPath, ensureAdminKey } from "./admin-key.ts";
import { assertReady } from "./assert-ready.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { startCron } from "./cron.ts";
import { StackLock } from "./lock.ts";
import { applyMigrations } from "./migrations.ts";
import { endOrphans } from "./orphans.ts";
import { cacheDir, wranglerConfig } from "./paths.ts";
import { makePrivateDirectory, readJsonFile } from "./private-file.ts";
import { childrenOf } from "./process/identity.ts";
import { LogFile } from "./process/log-file.ts";
import { ensureSecrets } from "./secrets.ts";
import { StackFailure } from "./stack-failure.ts";
import { emptyTemporaryDirectory } from "./temporary-files.ts";
import { bundleWorker } from "./worker-bundle.ts";
import { readWorkerConfig, type WorkerConfig } from "./worker-config.ts";

const DEFAULT_PORT = 8787;
const EVERY_MINUTE = "* * * * *";
const MINUTE_MS = 60_000;

export interface StackOptions {
  /** Holds everything that outlives the process: state, secrets, the admin key, logs. Made when missing. */
  dataDir: string;
  /** The address to listen on. 0.0.0.0 serves other hosts too; give a publicUrl with it. Default: 127.0.0.1. */
  host?: string | undefined;
  /** The port to listen on, or another when it is taken. Default: that of the last run, else 8787; 0 asks for any. */
  port?: number | undefined;
  /** How runners and clients reach the stack, its storage included. Default: http://127.0.0.1:<port>. */
  publicUrl?: string | undefined;
  /** Settings of the Worker in place of those in wrangler.toml's [vars]. */
  vars?: Readonly<Record<string, string>> | undefined;
  /** How often the Worker's cron handler runs, milliseconds. Default: a minute. */
  cronIntervalMs?: number | undefined;
  /** Where debuggers reach workerd, on this host alone. Default: nowhere. */
  inspectorPort?: number | undefined;
  /** The wrangler.toml of the Worker. Default: this checkout's. */
  configPath?: string | undefined;
  /** The process that keeps this one going: the one that `make down` is to tell. */
  supervisorPid?: number | undefined;
  clock?: Clock | undefined;
}

/** A running control plane. */
export interface Stack {
  readonly url: string;
  readonly port: number;
  readonly adminKey: string;
  readonly dataDir: string;
  readonly logPath: string;
  /** workerd processes of an earlier run that had to be ended first. */
  readonly orphansEnded: number;
  /** Migrations that this start applied. */
  readonly migrated: readonly string[];
  /** The process ids of the live workerd. */
  workerdPids(): number[];
  /** Runs the Worker's cron handler now. */
  scheduled(): Promise<void>;
  /** Ends workerd and gives up the data directory. */
  stop(): Promise<void>;
}

/**
 * Starts the control plane on embedded storage: the Worker of wrangler.toml in workerd, its D1, R2, Queues and Durable
 * Objects kept below `dataDir/state`. Throws StackFailure with a sentence for the person at the terminal.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  makePrivateDirectory(options.dataDir);
  const dataDir = realpathSync(options.dataDir);
  const lock = StackLock.acquire(dataDir, (options.clock ?? systemClock).now(), options.supervisorPid);
  const undo: (() => Promise<void> | void)[] = [() => lock.release()];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await startLocked(options, dataDir, lock, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startLocked(
  options: StackOptions,
  dataDir: string,
  lock: StackLock,
  undo: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const orphansEnded = await endOrphans(dataDir, lock.leftBehind);
  emptyTemporaryDirectory(dataDir);
  const recordWorkerd = () => lock.update({ workerd: childrenOf(process.pid, "workerd") });

  const config = readWorkerConfig(options.configPath ?? wranglerConfig);
  assertEveryMinute(config);
  const secrets = ensureSecrets(dataDir);
  const log = new LogFile(join(dataDir, "logs", "control-plane.log"));
  undo.push(() => log.close());
  mkdirSync(join(dataDir, "state"), { recursive: true, mode: 0o700 });

  const controlPlane = await startControlPlane({
    config,
    bundle: await bundleWorker(config, cacheDir),
    dataDir,
    host: options.host ?? "127.0.0.1",
    port: options.port ?? lastPort(dataDir) ?? DEFAULT_PORT,
    publicUrl: options.publicUrl,
    inspectorPort: options.inspectorPort,
    secrets,
    vars: options.vars ?? {},
    log,
    onRuntimeRestart: recordWorkerd,
  });
  undo.push(() => controlPlane.miniflare.dispose());
  recordWorkerd();

  const migrated: string[] = [];
  for (const database of config.databases) migrated.push(...(await applyMigrations(controlPlane.miniflare, database)));
  const [database] = config.databases;
  if (!database) throw new StackFailure("wrangler.toml names no database with migrations.");
  await assertReady(controlPlane, log);
  const adminKey = await ensureAdminKey({
    dataDir,
    localUrl: controlPlane.localUrl,
    url: controlPlane.url,
    bootstrapToken: secrets.BOOTSTRAP_TOKEN,
    miniflare: controlPlane.miniflare,
    databaseBinding: database.binding,
  });

  const scheduled = () => runScheduled(controlPlane, config);
  undo.push(
    startCron({
      intervalMs: options.cronIntervalMs ?? MINUTE_MS,
      run: scheduled,
      onError: (error) =>
        log.write(`${JSON.stringify({ at: Date.now(), level: "error", source: "cron", message: String(error) })}\n`),
    }),
  );
  lock.update({ url: controlPlane.url });

  return {
    url: controlPlane.url,
    port: controlPlane.port,
    adminKey,
    dataDir,
    logPath: log.path,
    orphansEnded,
    migrated,
    workerdPids: () => childrenOf(process.pid, "workerd").map(({ pid }) => pid),
    scheduled,
    stop,
  };
}

async function runScheduled({ miniflare }: ControlPlane, config: WorkerConfig): Promise<void> {
  const worker = await miniflare.getWorker();
  for (const cron of config.crons) {
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() });
    if (outcome !== "ok") throw new Error(`The scheduled handler ended with ${outcome}.`);
  }
}

/** The stack has one clock for all of them; a rarer trigger would need a reader of cron expressions. */
function assertEveryMinute({ crons }: WorkerConfig): void {
  const other = crons.find((cron) => cron !== EVERY_MINUTE);
  if (other !== undefined)
    throw new StackFailure(`The stack can drive only "${EVERY_MINUTE}", not the cron "${other}".`);
}

/** Presigned URLs hold the port, so jobs that were under way go on best at the same one. */
function lastPort(dataDir: string): number | undefined {
  const url = readJsonFile(connectionPath(dataDir), Connection)?.url;
  const port = url === undefined ? "" : new URL(url).port;
  return port === "" ? undefined : Number(port);
}
