import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

/** A process group of its own that ignores SIGTERM, with a child of its own, both running. */
export async function stubbornChild(): Promise<ChildProcess & { pid: number }> {
  const child = spawn("sh", ["-c", 'trap "" TERM; sleep 60 & echo up; wait; wait'], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("sh did not start");
  onTestFinished(() => {
    if (isAlive(-pid)) process.kill(-pid, "SIGKILL");
  });
  await once(child.stdout, "data");
  return Object.assign(child, { pid });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
