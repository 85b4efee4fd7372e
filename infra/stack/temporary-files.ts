import { rmSync } from "node:fs";
import { join } from "node:path";
import { makePrivateDirectory } from "./private-file.ts";

/** Where a control plane's process keeps what it needs only while it runs. */
export const temporaryDirectory = (dataDir: string): string => join(dataDir, "tmp");

/** The simulator removes what is its own when it is told to stop; one that was killed could not. To be called under the lock. */
export function emptyTemporaryDirectory(dataDir: string): void {
  rmSync(temporaryDirectory(dataDir), { recursive: true, force: true });
  makePrivateDirectory(temporaryDirectory(dataDir));
}
