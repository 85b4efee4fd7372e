import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Box, Sandbox } from "../box/box.ts";
import { shareWithBox } from "../box/box-scratch.ts";
import { removeTree } from "../storage/remove-tree.ts";

/** The host's sandbox, and the directory in which its programs work. */
export interface ProofPlace {
  readonly sandbox: Sandbox;
  readonly scratchDirectory: string;
}

/** A box like those of tasks: what is proved in it works in theirs. */
export interface ProofRoom {
  readonly box: Box;
  /** Where its programs may write. */
  readonly directory: string;
}

/** Does some proving in a room of its own, which is gone after it. */
export async function inProofRoom<Result>(
  { sandbox, scratchDirectory }: ProofPlace,
  prove: (room: ProofRoom) => Promise<Result>,
): Promise<Result> {
  const box = sandbox.open(0);
  try {
    await mkdir(scratchDirectory, { recursive: true, mode: 0o700 });
    // By its name a later start knows what a runner left that was killed.
    const directory = await mkdtemp(join(scratchDirectory, "reelway-proof-"));
    try {
      if (box.user !== null) await shareWithBox(directory, box.user);
      return await prove({ box, directory });
    } finally {
      await removeTree(directory);
    }
  } finally {
    box.close();
  }
}
