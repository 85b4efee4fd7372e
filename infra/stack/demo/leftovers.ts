import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readLockRecord } from "../lock.ts";
import { checkout } from "../paths.ts";
import { isAlive } from "../process/identity.ts";

const prefix = "demo-run-";
const OLD_MS = 3_600_000;

/** A data directory for one run. In the checkout and not in /tmp, which may be memory: a user's video is copied into it. */
export function makeDemoDirectory(now: number): string {
  const parent = join(checkout, ".reelway");
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  removeLeftovers(parent, now);
  return mkdtempSync(join(parent, prefix));
}

/** Earlier runs remove their own directory; one that was killed could not. */
function removeLeftovers(parent: string, now: number): void {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix))) {
    const directory = join(parent, name);
    const owner = readLockRecord(directory)?.controlPlane;
    const modifiedAt = statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - modifiedAt > OLD_MS && !(owner && isAlive(owner))) rmSync(directory, { recursive: true, force: true });
  }
}
