import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityOf } from "@reelway/stack/process/identity";

const ours = /^reelway-/;
const named = /^reelway-run-(\d+)-/;

/**
 * Gives a run of tests a temporary folder of its own, which goes with it even where a process of it was killed. What
 * tests left in it of ours is told and fails the run: they remove what they make; other programs keep caches there, and the pool of the Worker's tests its state until vitest ends. What all
 * runs share stays outside: clips, and what Node compiles.
 */
export default function setup(): () => void {
  removeLeftovers(tmpdir());
  const folder = mkdtempSync(join(tmpdir(), `reelway-run-${process.pid}-`));
  process.env.REELWAY_TEST_CLIPS ??= tmpdir();
  process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "node-compile-cache");
  process.env.TMPDIR = folder;
  return () => {
    const left = readdirSync(folder).filter((name) => ours.test(name));
    rmSync(folder, { recursive: true, force: true });
    if (left.length === 0) return;
    process.exitCode = 1;
    console.error(`Tests left in the temporary folder: ${left.join(", ")}`);
  };
}

/** Of runs that were killed themselves. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = named.exec(name)?.[1];
    if (pid !== undefined && identityOf(Number(pid)) === undefined)
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}
