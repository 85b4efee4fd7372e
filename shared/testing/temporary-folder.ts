import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";

/** A folder of the running test's own, gone after it, however it ends. Its purpose is in its name. */
export function folderOfTest(purpose: string): string {
  const path = makeFolder(purpose);
  onTestFinished(() => removeFolder(path));
  return path;
}

/** A folder for all tests of a file, gone after the last. To be called where the file is read, outside of hooks and tests. */
export function folderOfFile(purpose: string): string {
  const path = makeFolder(purpose);
  afterAll(() => removeFolder(path));
  return path;
}

/** A folder whose owner removes it: for what outlives a test, or ends before it. */
export function makeFolder(purpose: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `reelway-${purpose}-`)));
}

/** Removes it with all that is in it. Processes that were just killed may still be closing files there. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
