import { mkdir, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InputGrant } from "@reelway/shared/contracts/grant";
import type { BoxUser } from "../box/box.ts";
import { letThrough, shareWithBox } from "../box/box-scratch.ts";
import { removeTree } from "./remove-tree.ts";

/** A task's private directory. Names in it are fixed: nothing a user chose becomes part of a path. */
export interface TaskScratch {
  readonly root: string;
  readonly inputDirectory: string;
  readonly workDirectory: string;
  readonly outputDirectory: string;
}

/**
 * Makes `<parent>/<taskId>-<epoch>`, readable by nobody else (0700), empty whatever was there before. Where programs run
 * as a user of their own, what is in it is shared with `user`, who may pass through to it (0711).
 */
export async function createTaskScratch(
  parent: string,
  taskId: string,
  epoch: number,
  user: BoxUser | null,
): Promise<TaskScratch> {
  const root = join(parent, `${taskId}-${epoch}`);
  await removeTree(root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  if (user !== null) for (const directory of [parent, root]) await letThrough(directory);
  const scratch = {
    root,
    inputDirectory: join(root, "in"),
    workDirectory: join(root, "work"),
    outputDirectory: join(root, "out"),
  };
  for (const directory of [scratch.inputDirectory, scratch.workDirectory, scratch.outputDirectory]) {
    await mkdir(directory, { mode: 0o700 });
    if (user !== null) await shareWithBox(directory, user);
  }
  return scratch;
}

/** Of the `place`-th input of a role, counted from 0. */
export function inputPath(scratch: TaskScratch, role: InputGrant["role"], place: number): string {
  return join(scratch.inputDirectory, place === 0 ? role : `${role}-${place + 1}`);
}

/** Gone; and so is its parent, when no other task is in it. */
export async function removeTaskScratch(scratch: TaskScratch): Promise<void> {
  await removeTree(scratch.root);
  await rmdir(dirname(scratch.root)).catch(() => undefined);
}
