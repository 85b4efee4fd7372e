import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";

export interface StubbornChild {
  readonly pid: number;
  readonly grandchildPid: number;
  /** Its exit code and signal, once it is gone. */
  readonly ended: Promise<unknown[]>;
}

/** A process group of its own that ignores SIGTERM, with a child of its own, both running. */
export async function stubbornChild(): Promise<StubbornChild> {
  const child = spawn("sh", ["-c", 'trap "" TERM; sleep 60 & echo $!; wait; wait'], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("sh did not start");
  const ended = once(child, "exit");
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(-pid, "SIGKILL");
  });
  const [printed] = await once(child.stdout, "data");
  return { pid, grandchildPid: Number(String(printed).trim()), ended };
}

/** Whether a process runs. A dead one may stay in the table until its parent has looked. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    // Without /proc (macOS) the signal's word is all there is.
    return error instanceof Error && "syscall" in error && error.syscall === "open" && process.platform !== "linux";
  }
}
