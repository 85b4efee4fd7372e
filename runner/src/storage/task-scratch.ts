import { lstat, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InputGrant } from "@reelway/shared/contracts/grant";

/** A task's private directory. Names in it are fixed: nothing a user chose becomes part of a path. */
export interface TaskScratch {
  readonly root: string;
  readonly inputDirectory: string;
  readonly workDirectory: string;
  readonly outputDirectory: string;
}

/** Makes `<parent>/<taskId>-<epoch>`, readable by nobody else (0700), empty whatever was there before. */
export async function createTaskScratch(parent: string, taskId: string, epoch: number): Promise<TaskScratch> {
  const root = join(parent, `${taskId}-${epoch}`);
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true, mode: 0o700 });
  const scratch = {
    root,
    inputDirectory: join(root, "in"),
    workDirectory: join(root, "work"),
    outputDirectory: join(root, "out"),
  };
  for (const directory of [scratch.inputDirectory, scratch.workDirectory, scratch.outputDirectory])
    await mkdir(directory, { mode: 0o700 });
  return scratch;
}

/** Of the `place`-th input of a role, counted from 0. */
export function inputPath(scratch: TaskScratch, role: InputGrant["role"], place: number): string {
  return join(scratch.inputDirectory, place === 0 ? role : `${role}-${place + 1}`);
}

/** Gone, even while a dying child still writes into it; and so is its parent, when no other task is in it. */
export async function removeTaskScratch(scratch: TaskScratch): Promise<void> {
  await rm(scratch.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  await rmdir(dirname(scratch.root)).catch(() => undefined);
}

/** Bytes of all files below a directory. Files that vanish meanwhile count nothing. */
export async function directoryBytes(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += await directoryBytes(path);
    else bytes += (await lstat(path).catch(() => null))?.size ?? 0;
  }
  return bytes;
}
