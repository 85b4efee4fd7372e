import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { makePrivateDirectory, readJsonFile, writePrivateFile } from "./private-file.ts";
import { identityOf, ProcessIdentity } from "./process/identity.ts";
import { StackFailure } from "./stack-failure.ts";

/** Who uses a data directory: what `down` signals, and what the next start takes an orphan by. */
export const LockRecord = z.object({
  controlPlane: ProcessIdentity,
  /** The process that keeps the control plane and its runners going, where there is one. */
  supervisor: ProcessIdentity.optional(),
  workerd: z.array(ProcessIdentity),
  url: z.string().nullable(),
  startedAt: z.int(),
});
export type LockRecord = z.infer<typeof LockRecord>;

/**
 * The right to open a data directory's state. The system holds it (a lock on the file `stack.lock`) and drops it with
 * the process, however it ends; `lock.json` beside it only says who has it.
 */
export class StackLock {
  /** What the previous owner left behind when it did not stop by itself. */
  readonly leftBehind: LockRecord | undefined;
  readonly #path: string;
  readonly #held: DatabaseSync;
  #record: LockRecord;

  private constructor(path: string, held: DatabaseSync, record: LockRecord, leftBehind: LockRecord | undefined) {
    this.#path = path;
    this.#held = held;
    this.#record = record;
    this.leftBehind = leftBehind;
  }

  /** Takes the lock. Throws StackFailure, saying where the owner runs, when another live process has it. */
  static acquire(dataDir: string, now: number, supervisorPid?: number): StackLock {
    makePrivateDirectory(dataDir);
    const held = holdExclusively(join(dataDir, "stack.lock"));
    if (held === undefined) throw new StackFailure(refusal(dataDir));
    const leftBehind = readLockRecord(dataDir);
    const controlPlane = identityOf(process.pid);
    if (controlPlane === undefined) throw new StackFailure("The system does not tell when processes started.");
    const supervisor = supervisorPid === undefined ? undefined : identityOf(supervisorPid);
    const record = { controlPlane, ...(supervisor ? { supervisor } : {}), workerd: [], url: null, startedAt: now };
    const lock = new StackLock(join(dataDir, "lock.json"), held, record, leftBehind);
    // An orphan must stay on record until it is seen to be gone.
    lock.update({ workerd: leftBehind?.workerd ?? [] });
    return lock;
  }

  update(change: Partial<Pick<LockRecord, "workerd" | "url">>): void {
    this.#record = { ...this.#record, ...change };
    writePrivateFile(this.#path, this.#record);
  }

  release(): void {
    rmSync(this.#path, { force: true });
    this.#held.close();
  }
}

/** Who used the directory last. A damaged file is no reason not to start: it counts as none. */
export function readLockRecord(dataDir: string): LockRecord | undefined {
  try {
    return readJsonFile(join(dataDir, "lock.json"), LockRecord);
  } catch (error) {
    if (error instanceof StackFailure) return undefined;
    throw error;
  }
}

/** An SQLite transaction nobody writes in: the one advisory file lock that Node offers on Linux and macOS alike. */
function holdExclusively(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

function refusal(dataDir: string): string {
  const owner = readLockRecord(dataDir);
  const where = owner?.url ? ` at ${owner.url}` : "";
  const who = owner ? ` (process ${owner.supervisor?.pid ?? owner.controlPlane.pid})` : "";
  return `Reelway is already running on ${dataDir}${where}${who}. Stop it with: make down`;
}
