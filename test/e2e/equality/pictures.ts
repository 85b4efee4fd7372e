import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { EngineProbe } from "../../../runner/src/engine/probe-document.ts";

const execute = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

/** How two encodes of one source differ, picture by picture. */
export interface PictureFigures {
  /** Decibels between the two, of the pair that is the least alike. */
  readonly worstPsnr: number;
  /** Pictures that are more like the other's picture before or behind than like the one in their own place. */
  readonly nearerToANeighbour: number;
  /** Of each, compared with the source at its size. */
  readonly ssim: { readonly chunked: number; readonly whole: number };
}

export interface Encodes {
  readonly chunked: string;
  readonly whole: string;
  readonly source: string;
}

/** Decibels by which a neighbour must be nearer: the same picture differs by less from one encode to the other. */
const CLEARLY = 3;
/** Decibels above which two pictures are the same: of a film that stands still all are. */
const ALIKE = 40;

/** Pictures are paired by their place, not by their time, so that one too many or too few shifts all behind it. */
export async function comparePictures(
  { chunked, whole, source }: Encodes,
  { width, height, pixelFormat }: { readonly width: number; readonly height: number; readonly pixelFormat: string },
): Promise<PictureFigures> {
  const folder = folderOfTest("pictures");
  const inPlace = "settb=1/25,setpts=N";
  const from = (picture: number) => `trim=start_frame=${picture},${inPlace}`;
  const compared = (filter: "psnr" | "ssim", name: string) => `${filter}=shortest=1:stats_file=${join(folder, name)}`;
  const graph = [
    "[0:v:0]split=5[c0][c1][c2][c3][c4]",
    "[1:v:0]split=4[w0][w1][w2][w3]",
    `[2:v:0]scale=${width}:${height}:flags=bicubic+accurate_rnd:out_range=tv,format=${pixelFormat},setsar=1,${inPlace},split[s0][s1]`,
    ...["c0", "c3", "c4", "w0", "w3"].map((label) => `[${label}]${inPlace}[${label}n]`),
    ...["c1", "w1"].map((label) => `[${label}]${from(1)}[${label}n]`),
    ...["c2", "w2"].map((label) => `[${label}]${inPlace}[${label}n]`),
    `[c0n][w0n]${compared("psnr", "own")},nullsink`,
    `[c2n][w1n]${compared("psnr", "behind")},nullsink`,
    `[c1n][w2n]${compared("psnr", "before")},nullsink`,
    `[c3n][s0]${compared("ssim", "chunked")},nullsink`,
    `[w3n][s1]${compared("ssim", "whole")},nullsink`,
    // ffmpeg wants an output.
    "[c4n]null[out]",
  ].join(";");
  const inputs = [chunked, whole, source].flatMap((path) => ["-i", path]);
  const args = ["-nostdin", "-v", "error", ...inputs, "-filter_complex", graph, "-map", "[out]"];
  await execute("ffmpeg", [...args, "-fps_mode", "passthrough", "-f", "null", "-"], { maxBuffer });
  const read = (name: string, value: RegExp) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .flatMap((line) => value.exec(line)?.[1] ?? [])
      .map((text) => (text === "inf" ? Number.POSITIVE_INFINITY : Number(text)));
  const [own, behind, before] = ["own", "behind", "before"].map((name) => read(name, /psnr_avg:(\S+)/)) as number[][];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [chunkedSsim, wholeSsim] = ["chunked", "whole"].map((name) => mean(read(name, /All:(\S+)/)));
  const isNearer = (psnr: number, place: number) =>
    psnr < ALIKE && Math.max(behind?.[place] ?? 0, before?.[place - 1] ?? 0) > psnr + CLEARLY;
  return {
    worstPsnr: Math.min(...(own ?? [])),
    nearerToANeighbour: (own ?? []).filter(isNearer).length,
    ssim: { chunked: chunkedSsim ?? 0, whole: wholeSsim ?? 0 },
  };
}

/** When each picture of a file is shown, seconds, in the order in which they come out of a decoder. */
export async function pictureTimes(path: string): Promise<number[]> {
  const shown = ["-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0"];
  const { stdout } = await execute("ffprobe", ["-v", "error", ...shown, path], { maxBuffer });
  return stdout
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter((time) => Number.isFinite(time));
}

/** From when to when the pictures of an MP4 are shown, seconds: ffprobe shifts what has pictures out of order. */
export function shownSpan(engine: string, path: string): readonly [start: number, end: number] {
  const document = JSON.parse(execFileSync(engine, ["probe", "--brief", path], { encoding: "utf8" }));
  const [track] = EngineProbe.parse(document).tracks;
  if (!track) throw new Error(`${path} has no track`);
  return [track.shownFromSeconds, track.shownFromSeconds + track.shownSeconds];
}
