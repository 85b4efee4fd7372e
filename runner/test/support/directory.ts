import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory of this test's own, gone after it. */
export async function testDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "reelway-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
