import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../runner/src/box/programs.ts";

/** The real ffmpeg with a driver that can break: while it is broken it says so and fails. */
export function breakableFfmpeg(folder: string) {
  const path = join(folder, "ffmpeg");
  // By its path: where this one is found first, its name would lead back here.
  const ffmpeg = findProgram(process.env.FFMPEG_PATH ?? "ffmpeg");
  if (ffmpeg === null) throw new Error("there is no ffmpeg here");
  // The program itself is another one then: what holds it sees no other file of this folder.
  const become = (line: string) => {
    const next = `${path}.next`;
    writeFileSync(next, `#!/bin/sh\n${line}\n`);
    chmodSync(next, 0o755);
    renameSync(next, path);
  };
  const mend = () => become(`exec '${ffmpeg}' "$@"`);
  mend();
  return { path, break: () => become("echo 'the driver is broken' >&2; exit 1"), mend };
}
