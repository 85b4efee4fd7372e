import { chmod, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";

/** A directory of this test's own, gone after it. */
export async function testDirectory(): Promise<string> {
  return folderOfTest("test");
}

/** Lets every user pass to a directory, as on a host whose runner is root. */
export async function letIn(directory: string): Promise<void> {
  for (let path = directory; path !== "/"; path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) await chmod(path, (mode & 0o7777) | 0o011);
  }
}
