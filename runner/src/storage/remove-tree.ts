import { rm } from "node:fs/promises";
import { execa } from "execa";

/**
 * Removes a directory and all in it, even while a dying child still writes into it, and whatever a program made there: a
 * directory that nobody may enter, or one that lies deeper than a path can say. Throws where something is another user's.
 */
export async function removeTree(path: string): Promise<void> {
  const gone = await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).then(
    () => true,
    () => false,
  );
  if (gone) return;
  // These go down by directory, not by path, and follow no link. What the first could not change may go all the same.
  await execa("chmod", ["-R", "u+rwX", "--", path], { reject: false, stdio: "ignore" });
  await execa("rm", ["-rf", "--", path], { stdin: "ignore" });
}
