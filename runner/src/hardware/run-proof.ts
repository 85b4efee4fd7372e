import { devicesIn } from "../box/devices-in.ts";
import { runToEnd } from "../box/run-to-end.ts";
import type { ProofRoom } from "./proof-room.ts";

/** Where proofs run, and how long one may take, milliseconds. */
export interface ProofMeans {
  readonly room: ProofRoom;
  readonly timeoutMs: number;
}

export interface ProofRun {
  readonly passed: boolean;
  /** It was stopped because it took too long. */
  readonly timedOut: boolean;
  /** What ffmpeg said; where it did not end, that it did not. */
  readonly log: string;
}

/** Runs ffmpeg on a few pictures of our own making. A good exit is not enough: some have to come out. */
export async function runProof(ffmpegPath: string, args: readonly string[], means: ProofMeans): Promise<ProofRun> {
  const start = ["-nostdin", "-hide_banner", "-nostats", "-progress", "pipe:1", "-v", "error", "-y"];
  const run = await runInRoom(ffmpegPath, [...start, ...args], means);
  const log = run.timedOut
    ? `no end after ${means.timeoutMs / 1_000} s\n${run.stderr}`
    : run.stderr || (run.shortMessage ?? "");
  return { passed: !run.failed && /^out_time_us=[1-9]/m.test(run.stdout), timedOut: run.timedOut, log };
}

/** Runs a program with the devices that its arguments name; however it ends, that is the answer. */
export function runInRoom(program: string, args: readonly string[], { room, timeoutMs }: ProofMeans) {
  const { box, directory } = room;
  const reach = { reads: [], writes: [directory], cwd: directory, devices: devicesIn(args) };
  return runToEnd(box.enclose(program, args, reach), { timeoutMs, cwd: directory });
}
