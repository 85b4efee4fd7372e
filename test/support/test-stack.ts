import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient } from "@reelway/shared/client/client";
import { defaultRegion, type RegionId } from "@reelway/shared/regions";
import { makeFolder, removeFolder } from "@reelway/shared/testing/temporary-folder";
import { ControlPlaneReady, readConnection, startControlPlaneService } from "@reelway/stack/control-plane-service";
import { readLockRecord } from "@reelway/stack/lock";
import { signal } from "@reelway/stack/process/identity";
import type { Service } from "@reelway/stack/process/service";
import { createRegistrationToken } from "@reelway/stack/runners";
import { environmentOfTests } from "./environment.ts";
import { watchForFailure } from "./failure-logs.ts";
import { endLeftovers } from "./leftovers.ts";
import { TestRunner } from "./test-runner.ts";

const RUNNERS_AT_MOST = 100;

export interface TestStackOptions {
  /** The stack's settings (REELWAY_CRON_SECONDS …) and the Worker's (LEASE_SECONDS, RETRY_BASE_MS …). */
  settings?: Readonly<Record<string, string>>;
}

/** A control plane of its own in a temporary directory, as a process group of its own, with runners as asked for. */
export interface TestStack {
  readonly url: string;
  /** The admin key of the platform tenant. */
  readonly key: string;
  readonly client: Client;
  readonly dataDir: string;
  startRunner(options?: { region?: RegionId; env?: Readonly<Record<string, string>> }): Promise<TestRunner>;
  /** SIGKILL of this runner alone, and the same one anew, on what it left: its process is there, and may not be ready. */
  replaceRunner(runner: TestRunner): Promise<TestRunner>;
  /** SIGKILL of all runners and what they run: for the next test nobody works any more. */
  killRunners(): Promise<void>;
  /** SIGKILL of the control plane's whole process group: Node and workerd at once. */
  killControlPlane(): void;
  /** SIGKILL of Node alone: workerd goes on as an orphan. */
  killControlPlaneNode(): void;
  /** SIGKILL of workerd alone: the stack starts another. */
  killWorkerd(): void;
  /** Starts the control plane again on the same data, at the same place. */
  restartControlPlane(options?: { beforeStart?: () => void }): Promise<ControlPlaneReady>;
  /** Ends everything that was started here, and removes its data. */
  stop(): Promise<void>;
}

/** Starts the real stack. Each caller stops its own. The logs of a failed test's processes are printed after it. */
export async function startTestStack({ settings = {} }: TestStackOptions = {}): Promise<TestStack> {
  const home = makeFolder("test");
  const dataDir = join(home, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  const environment = environmentOfTests({ REELWAY_PORT: "0", ...settings });
  const logs = watchForFailure(join(dataDir, "logs"));
  const runners: TestRunner[] = [];
  let controlPlane: Service = startControlPlaneService(dataDir, environment, false);

  const stop = async () => {
    for (const runner of runners) runner.kill("SIGKILL");
    controlPlane.signalGroup("SIGKILL");
    await Promise.all([controlPlane.exited, ...runners.map((runner) => runner.exited)]);
    await endLeftovers(home);
    logs.keep();
    removeFolder(home);
  };

  let place: { url: string; key: string; registrationToken: string };
  try {
    const { url } = ControlPlaneReady.parse(await controlPlane.ready);
    const { key } = readConnection(dataDir);
    place = { url, key, registrationToken: await createRegistrationToken(url, key, RUNNERS_AT_MOST) };
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    ...place,
    client: createClient(place),
    dataDir,
    async startRunner({ region = defaultRegion, env = {} } = {}) {
      const number = runners.length + 1;
      const runner = new TestRunner({ ...place, dataDir, number, region, env });
      runners.push(runner);
      await runner.ready;
      return runner;
    },
    async replaceRunner(runner) {
      runner.kill("SIGKILL");
      await runner.exited;
      const again = new TestRunner(runner.options);
      runners.splice(runners.indexOf(runner), 1, again);
      return again;
    },
    async killRunners() {
      for (const runner of runners) {
        for (const child of runner.childProcesses()) signal(child, "SIGKILL");
        runner.kill("SIGKILL");
      }
      await Promise.all(runners.map((runner) => runner.exited));
    },
    killControlPlane: () => void controlPlane.signalGroup("SIGKILL"),
    killControlPlaneNode: () => void controlPlane.signal("SIGKILL"),
    killWorkerd() {
      for (const identity of readLockRecord(dataDir)?.workerd ?? []) signal(identity, "SIGKILL");
    },
    async restartControlPlane({ beforeStart } = {}) {
      await controlPlane.exited;
      beforeStart?.();
      const port = new URL(place.url).port;
      controlPlane = startControlPlaneService(dataDir, { ...environment, REELWAY_PORT: port }, false);
      return ControlPlaneReady.parse(await controlPlane.ready);
    },
    stop,
  };
}
