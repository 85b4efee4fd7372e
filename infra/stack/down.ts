import { type LockRecord, readLockRecord } from "./lock.ts";
import { isAlive, type ProcessIdentity, signal, signalGroup } from "./process/identity.ts";
import { until } from "./process/until.ts";
import { readSettings } from "./settings.ts";
import { describeFailure } from "./stack-failure.ts";

const POLITE_MS = 90_000;
const KILLED_MS = 5_000;

/** `make down`: stops what runs on the data directory, politely first. Fine when nothing does. */
async function main(): Promise<void> {
  const { dataDir } = readSettings(process.env);
  const record = readLockRecord(dataDir);
  const live = record ? processesOf(record).filter(isAlive) : [];
  const [first] = live;
  if (!record || !first) {
    console.log(`Nothing runs on ${dataDir}.`);
    return;
  }
  const where = record.url ?? dataDir;
  console.log(`Stopping ${where} (process ${first.pid}): its runners finish or hand back what they have.`);
  signal(first, "SIGTERM");
  if (await until(() => !live.some(isAlive), POLITE_MS)) {
    console.log("Stopped.");
    return;
  }
  for (const identity of live) signalGroup(identity, "SIGKILL");
  const gone = await until(() => !live.some(isAlive), KILLED_MS);
  console.log(gone ? "It did not stop by itself and was killed." : "It does not end.");
  if (!gone) process.exitCode = 1;
}

/** The one to ask first, then those that must be gone with it. */
function processesOf({ supervisor, controlPlane, workerd }: LockRecord): ProcessIdentity[] {
  return [...(supervisor ? [supervisor] : []), controlPlane, ...workerd];
}

try {
  await main();
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
