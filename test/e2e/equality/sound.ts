import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PlannedAudio } from "@reelway/shared/contracts/stream-plan";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";

const execute = promisify(execFile);

/** A track of a file, as one channel of samples from the file's time 0 on. */
export interface Track {
  readonly path: string;
  readonly track: number;
}

const LAYOUTS: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo", 6: "5.1" };

export async function samplesOf(
  { path, track }: Track,
  { channels }: PlannedAudio,
  rate: number,
): Promise<Float32Array> {
  const filters = `${onTheFilmsClock(channels, rate)},pan=mono|c0=${channels === 1 ? "c0" : "0.5*c0+0.5*c1"}`;
  const input = ["-nostdin", "-v", "error", "-copyts", "-i", path];
  const args = [...input, "-map", `0:a:${track}`, "-af", filters, "-f", "f32le", "-"];
  const { stdout } = await execute("ffmpeg", args, { encoding: "buffer", maxBuffer: 256 * 1024 * 1024 });
  return new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4));
}

/** The track encoded by itself in one go, as anybody would. */
export async function encodedPlainly({ path, track }: Track, planned: PlannedAudio, rate: number): Promise<Track> {
  const output = join(folderOfTest("sound"), "plain.mp4");
  const encoder = ["-c:a", "aac", "-b:a", `${planned.bitrateKbps}k`, "-movie_timescale", String(rate)];
  const input = ["-nostdin", "-v", "error", "-copyts", "-i", path, "-map", `0:a:${track}`];
  await execute("ffmpeg", [...input, "-af", onTheFilmsClock(planned.channels, rate), ...encoder, output]);
  return { path: output, track: 0 };
}

const onTheFilmsClock = (channels: number, rate: number) =>
  `aformat=channel_layouts=${LAYOUTS[channels]},aresample=${rate}:async=1:first_pts=0`;

/** The loudest difference of two sounds within a stretch, of 1. */
export function difference(one: Float32Array, other: Float32Array, from = 0, to = one.length): number {
  let most = 0;
  for (let at = Math.max(0, from); at < Math.min(to, one.length, other.length); at++)
    most = Math.max(most, Math.abs((one[at] ?? 0) - (other[at] ?? 0)));
  return most;
}

const WINDOW = 8_192;
const FARTHEST = 1_536;
const PLACES = [0.1, 0.3, 0.5, 0.7, 0.9];

/** By how many samples a sound comes later than another, at places all over it; silent ones are left out. */
export function lags(sound: Float32Array, reference: Float32Array): number[] {
  const last = Math.min(sound.length, reference.length) - WINDOW - FARTHEST;
  return PLACES.flatMap((place) => lagAt(sound, reference, Math.max(FARTHEST, Math.floor(place * last))) ?? []);
}

function lagAt(sound: Float32Array, reference: Float32Array, from: number): number | null {
  const window = reference.subarray(from, from + WINDOW);
  if (Math.max(...window) < 0.01) return null;
  let [best, lag] = [Number.NEGATIVE_INFINITY, 0];
  for (let candidate = -FARTHEST; candidate <= FARTHEST; candidate++) {
    const alike = likeness(window, sound.subarray(from + candidate, from + candidate + WINDOW));
    if (alike > best) [best, lag] = [alike, candidate];
  }
  return lag;
}

/** Normalised cross-correlation. */
function likeness(one: Float32Array, other: Float32Array): number {
  let [product, energy] = [0, 1e-9];
  for (let at = 0; at < one.length; at++) {
    const sample = other[at] ?? 0;
    product += (one[at] ?? 0) * sample;
    energy += sample * sample;
  }
  return product / Math.sqrt(energy);
}
