import { execa } from "execa";
import { ffmpegPath } from "../../media-tools.ts";

const rate = 48_000;

/** What is heard of a file's n-th sound from the title's time 0 on: one channel, 48,000 samples a second. */
export async function heard(path: string, track = 0): Promise<Float32Array> {
  const { stdout } = await execa(
    ffmpegPath,
    [
      ...["-v", "error", "-copyts", ...(path.endsWith(".m3u8") ? ["-allowed_extensions", "ALL"] : []), "-i", path],
      ...["-map", `0:a:${track}`, "-af", `aresample=${rate}:async=1:first_pts=0`, "-ac", "1", "-f", "f32le", "-"],
    ],
    { encoding: "buffer", stdin: "ignore", maxBuffer: 1024 ** 3 },
  );
  const bytes = Uint8Array.from(stdout);
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}

const chirpSamples = 19_200;

/** The chirp of the sources as it is made, from its start on. */
const chirp = Float32Array.from({ length: chirpSamples }, (_, sample) => {
  const seconds = sample / rate;
  return Math.sin(2 * Math.PI * (300 + 300 * seconds) * seconds);
});

/** By how many samples a chirp comes later than at `expected`: where the sound is most alike, near that. */
export function lateness(sound: Float32Array, expected: number, near = 1_500): number {
  const from = Math.round(expected);
  let best = { lag: Number.NaN, likeness: 0 };
  for (let lag = -near; lag <= near; lag++) {
    let likeness = 0;
    for (let sample = 0; sample < chirpSamples; sample++)
      likeness += (chirp[sample] ?? 0) * (sound[from + lag + sample] ?? 0);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best.lag;
}

/** The first sample that is not silence. */
export function begins(sound: Float32Array): number {
  return sound.findIndex((sample) => Math.abs(sample) > 0.02);
}
