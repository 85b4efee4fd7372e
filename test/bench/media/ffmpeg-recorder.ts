import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

export interface RecordedRun {
  /** When the process began, milliseconds since the epoch with a fraction. */
  readonly startedAt: number;
  readonly argv: readonly string[];
}

/**
 * Stands in ffmpeg's place: notes the time and the arguments, then becomes ffmpeg. The same for every side, so that
 * nobody's own log is the clock. Costs a millisecond or two per run.
 */
export class FfmpegRecorder {
  readonly path: string;
  readonly #records: string;
  readonly #seen = new Set<string>();

  private constructor(path: string, records: string) {
    this.path = path;
    this.#records = records;
  }

  static async create(directory: string, ffmpegPath: string): Promise<FfmpegRecorder> {
    const records = join(directory, "records");
    await mkdir(records, { recursive: true });
    const path = join(directory, "ffmpeg");
    const script = [
      `#!${await bashWithClock()}`,
      "now=$EPOCHREALTIME",
      // The last field says that the record is whole.
      `printf '%s\\0' "$now" "$@" end > '${records}'/$$-$now`,
      `exec '${ffmpegPath}' "$@"`,
    ];
    await writeFile(path, `${script.join("\n")}\n`);
    await chmod(path, 0o755);
    return new FfmpegRecorder(path, records);
  }

  /** Forgets every run so far. */
  async reset(): Promise<void> {
    for (const name of await readdir(this.#records)) this.#seen.add(name);
  }

  /** The first encode since the last reset: the run that reports its progress and writes a file. Waits for it. */
  async nextEncode(timeoutMs: number): Promise<RecordedRun> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const runs = await this.#newRuns();
      const encode = runs.find((run) => run.argv.includes("-progress") && run.argv.at(-1) !== "-");
      if (encode !== undefined) return encode;
      await delay(10);
    }
    throw new ReelwayError("encode_stalled", `no ffmpeg was started within ${timeoutMs} ms`);
  }

  async #newRuns(): Promise<RecordedRun[]> {
    const runs: RecordedRun[] = [];
    for (const name of await readdir(this.#records)) {
      if (this.#seen.has(name)) continue;
      const fields = (await readFile(join(this.#records, name), "utf8")).split("\0").slice(0, -1);
      if (fields.at(-1) !== "end") continue;
      this.#seen.add(name);
      runs.push({ startedAt: Number(fields[0]?.replace(",", ".")) * 1_000, argv: fields.slice(1, -1) });
    }
    return runs.sort((a, b) => a.startedAt - b.startedAt);
  }
}

/** A bash that tells the time without starting a program: version 5 or later. */
async function bashWithClock(): Promise<string> {
  const found = spawnSync("bash", ["-c", 'echo "$EPOCHREALTIME $BASH"'], { encoding: "utf8" });
  const [clock, path] = (found.stdout ?? "").trim().split(" ");
  if (!clock || path === undefined)
    throw new ReelwayError("unavailable", "dispatch is timed with bash 5 or later; please install it");
  return path;
}
