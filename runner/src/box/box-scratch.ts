import { chmod, chown } from "node:fs/promises";
import type { BoxUser } from "./box.ts";

/** The group may write, and what is made inside belongs to the same group, whoever makes it. */
const scratchMode = 0o2770;

/**
 * Shares a directory with the programs of a box that run as a user of their own: runner and programs write there side by
 * side. The runner's umask must leave its group's rights (`shareWithBoxes`).
 */
export async function shareWithBox(directory: string, user: BoxUser): Promise<void> {
  await chown(directory, 0, user.gid);
  await chmod(directory, scratchMode);
}

/** From now on what this process makes is its group's to write, and nobody else's to read. Only secrets have modes of their own. */
export function shareWithBoxes(): void {
  process.umask(0o007);
}

/** Lets programs of another user pass through a directory to what they share, and see nothing else in it. */
export async function letThrough(directory: string): Promise<void> {
  await chmod(directory, 0o711);
}
