import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient } from "@reelway/shared/client/client";
import { defaultRegion } from "@reelway/shared/regions";
import { readConnection, startControlPlaneService } from "@reelway/stack/control-plane-service";
import { readLockRecord } from "@reelway/stack/lock";
import { freePort } from "@reelway/stack/ports";
import type { ProcessIdentity } from "@reelway/stack/process/identity";
import { KeptRunning } from "@reelway/stack/process/keep-running";
import { planRunners, type RunnerHost, RunnerReady, startRunner } from "@reelway/stack/runners";
import { environmentOfTests } from "../../support/environment.ts";
import { endLeftovers } from "../../support/leftovers.ts";
import { controlPlaneSettings, runnerSettings, smallDiskBytes } from "../settings.ts";
import { workerdName } from "../watch/growth.ts";
import { openRoughReceiver, type RoughReceiver } from "./rough-receiver.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { openStorageGate, type StorageGate } from "./storage-gate.ts";

const runnerCount = 3;
const stopWithinMs = 30_000;

/** A runner that is started again whenever it ends, by the supervisor that `make up` has. */
export interface HouseRunner {
  readonly name: string;
  readonly id: string;
  /** Where its tasks work. */
  readonly scratch: string;
  readonly kept: KeptRunning;
}

/** Everything that the weather goes over: one control plane, runners, and what stands around them. */
export interface House {
  /** Where the control plane answers. Its storage is reached through `storage`. */
  readonly url: string;
  readonly home: string;
  readonly dataDir: string;
  readonly key: string;
  /** As the platform's admin. */
  readonly client: Client;
  readonly controlPlane: KeptRunning;
  readonly runners: readonly HouseRunner[];
  readonly storage: StorageGate;
  readonly receiver: RoughReceiver;
  /** The scratch space of the last runner; null where nothing may be mounted. */
  readonly smallDisk: SmallDisk | null;
  /** Where workerd tells what the Worker holds. */
  readonly inspectorPort: number;
  /** Null while it is down. */
  workerd(): ProcessIdentity | null;
  /** The processes that live long, by name, as far as they live. */
  longLived(): Map<string, ProcessIdentity>;
  /** Ends everything, and removes all but the logs. */
  stop(): Promise<void>;
}

/** `onEnd` hears of each process that ended and is started again. */
export async function buildHouse(home: string, onEnd: (name: string, how: string) => void): Promise<House> {
  const dataDir = join(home, "data");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const [port, inspectorPort] = [await freePort("127.0.0.1", 0), await freePort("127.0.0.1", 0)];
  const [storage, receiver] = await Promise.all([openStorageGate(port), openRoughReceiver()]);
  const url = `http://127.0.0.1:${port}`;
  const environment = environmentOfTests({
    ...controlPlaneSettings,
    REELWAY_PORT: String(port),
    REELWAY_PUBLIC_URL: storage.url,
    REELWAY_INSPECTOR_PORT: String(inspectorPort),
  });
  const keep = (start: ConstructorParameters<typeof KeptRunning>[0]) =>
    new KeptRunning(start, (service, { code, signal }) => onEnd(service.name, signal ?? `exit code ${code}`));

  const controlPlane = keep(() => startControlPlaneService(dataDir, environment, false));
  const runners: HouseRunner[] = [];
  let smallDisk: SmallDisk | null = null;
  const stop = async () => {
    await Promise.all(runners.map(({ kept }) => kept.stop(stopWithinMs)));
    await controlPlane.stop(stopWithinMs);
    await endLeftovers(home);
    smallDisk?.unmount();
    await Promise.all([storage.stop(), receiver.stop()]);
    renameSync(join(dataDir, "logs"), join(home, "logs"));
    rmSync(dataDir, { recursive: true, force: true });
  };

  try {
    await controlPlane.service.ready;
    const { key } = readConnection(dataDir);
    const client = createClient({ url, key });
    const { token } = await client.runners.createToken({ region: defaultRegion, maxUses: runnerCount });
    if (token === null) throw new Error("no registration token was given");
    const env = environmentOfTests(runnerSettings);
    const host: RunnerHost = { url, dataDir, registrationToken: token, count: runnerCount, env };
    const scratchOf = (number: number) => join(dataDir, "runners", String(number), "scratch");
    smallDisk = mountSmallDisk(scratchOf(runnerCount), smallDiskBytes);
    for (const plan of planRunners(runnerCount, [defaultRegion])) {
      const kept = keep(() => startRunner(plan, host));
      const runner = { name: plan.name, id: "", scratch: scratchOf(plan.number), kept };
      runners.push(runner);
      runner.id = RunnerReady.parse(await kept.service.ready).runnerId;
    }
    const workerd = () => readLockRecord(dataDir)?.workerd[0] ?? null;
    return {
      ...{ url, home, dataDir, key, client, controlPlane, runners, storage, receiver, smallDisk, stop },
      ...{ inspectorPort, workerd },
      longLived: () => {
        const running = workerd();
        return new Map([
          ["control plane", controlPlane.service.identity],
          ...(running === null ? [] : [[workerdName, running] as const]),
          ...runners.map(({ name, kept }) => [name, kept.service.identity] as const),
        ]);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
