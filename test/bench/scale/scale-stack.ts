import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@reelway/shared/client/client";
import { defaultRegion } from "@reelway/shared/regions";
import { readConnection } from "@reelway/stack/control-plane-service";
import { enginePath, runnerEntry } from "@reelway/stack/paths";
import { freePort } from "@reelway/stack/ports";
import { startProcess } from "../processes/child-process.ts";
import { startScript } from "../processes/node-script.ts";
import { cpuSecondsOfGroup } from "./cpu-time.ts";
import { type StorageCounter, startStorageCounter } from "./storage-counter.ts";

const runnersAtMost = 10;

/** The embedded stack, what is read of its storage, and runners that have one core each. */
export interface ScaleStack {
  readonly client: Client;
  readonly storage: StorageCounter;
  /** Processor time of the control plane so far, its simulated D1, R2 and Queues included, seconds. */
  controlPlaneSeconds(): number;
  /** One task at a time, one thread, this core alone. */
  startRunner(core: number): Promise<PinnedRunner>;
  stop(): Promise<void>;
}

export interface PinnedRunner {
  readonly logFile: string;
  /** Processor time that it and its children that have ended took so far, seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startScaleStack(directory: string): Promise<ScaleStack> {
  const dataDir = join(directory, "data");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const storage = await startStorageCounter();
  const port = await freePort("127.0.0.1", 0);
  const local = `http://127.0.0.1:${port}`;
  storage.passTo(port);
  const stack = await startScript({
    script: new URL("../../../infra/stack/serve.ts", import.meta.url),
    directory,
    env: { REELWAY_DATA_DIR: dataDir, REELWAY_PORT: String(port), REELWAY_PUBLIC_URL: storage.url },
  });
  const client = createClient({ url: local, key: readConnection(dataDir).key });
  const { token } = await client.runners.createToken({ region: defaultRegion, maxUses: runnersAtMost });
  if (token === null) throw new Error("no registration token was given");

  let runners = 0;
  return {
    client,
    storage,
    controlPlaneSeconds: () => cpuSecondsOfGroup(stack.pid),
    async startRunner(core) {
      runners += 1;
      const name = `runner-${runners}`;
      const logFile = join(directory, `${name}.log`);
      const runner = await startProcess({
        name,
        command: "taskset",
        arguments: ["-c", String(core), process.execPath, runnerEntry],
        env: {
          REELWAY_URL: local,
          REELWAY_REGISTRATION_TOKEN: token,
          RUNNER_NAME: name,
          RUNNER_REGION: defaultRegion,
          STATE_DIR: join(directory, name),
          CONCURRENCY: "1",
          FFMPEG_THREADS: "1",
          ENGINE_PATH: enginePath,
        },
        logFile,
        isReady: (line) => /"event":\s*"ready"/.test(line),
        readyWithinMs: 120_000,
      });
      return { logFile, cpuSeconds: () => cpuSecondsOfGroup(runner.pid), stop: runner.stop };
    },
    async stop() {
      await stack.stop();
      await storage.stop();
    },
  };
}
