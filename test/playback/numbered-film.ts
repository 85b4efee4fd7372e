import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "@reelway/shared/client/client";
import type { Job } from "@reelway/shared/contracts/job";
import { clip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";

/** A film whose pictures say which they are: two rows of blocks, the second the reverse of the first, bit by bit from the left. */
export const FILM = { seconds: 40, fps: 25, keySeconds: 2, width: 640, height: 360 } as const;

const BITS = 12;
const BLOCK = { width: 48, height: 40 };
const LEFT = (FILM.width - BITS * BLOCK.width) / 2;

/** Where the blocks' middles are, in parts of the picture: the same in every size of it. */
export const NUMBER_BLOCKS = {
  x: Array.from({ length: BITS }, (_, bit) => (LEFT + (bit + 0.5) * BLOCK.width) / FILM.width),
  y: [(0.5 * BLOCK.height) / FILM.height, (1.5 * BLOCK.height) / FILM.height],
};

/** With a beep each second, on eight heights. */
function numberedFilm(): string {
  const { seconds, fps, keySeconds, width, height } = FILM;
  const times = `rate=${fps}:duration=${seconds}`;
  const bits = `geq=lum='255*abs(Y-mod(floor(N/pow(2,X)),2))'`;
  const blocks = `scale=${BITS * BLOCK.width}:${2 * BLOCK.height}:flags=neighbor`;
  const beeps = "0.3*sin(2*PI*(300+100*mod(floor(t),8))*t)*lt(mod(t,1),0.2)";
  return clip(
    `numbered-${seconds}.mp4`,
    ...["-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:${times}`],
    ...["-f", "lavfi", "-i", `nullsrc=size=${BITS}x2:${times},format=gray,${bits},${blocks}`],
    ...["-f", "lavfi", "-i", `aevalsrc='${beeps}':sample_rate=48000:duration=${seconds}`],
    ...["-filter_complex", `[0][1]overlay=${LEFT}:0`, "-map", "2:a", "-movflags", "+faststart"],
    ..."-c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p -c:a aac".split(" "),
    ...["-g", String(fps * keySeconds)],
  );
}

const stamp = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(11, 23);

/** Texts that change every four seconds, as WebVTT and as SubRip: what each says is what `subtitleAt` returns. */
function subtitleFiles(): { english: string; german: string } {
  const starts = Array.from({ length: FILM.seconds / 4 }, (_, number) => number * 4);
  const english = starts.map((start) => `${stamp(start)} --> ${stamp(start + 3.5)}\n${subtitleAt("en", start)}\n`);
  const german = starts.map((start, number) => {
    const times = `${stamp(start)} --> ${stamp(start + 3.5)}`.replaceAll(".", ",");
    return `${number + 1}\n${times}\n${subtitleAt("de", start)}\n`;
  });
  const folder = join(dirname(numberedFilm()), "numbered-texts");
  mkdirSync(folder, { recursive: true });
  const files = { english: join(folder, "english.vtt"), german: join(folder, "german.srt") };
  writeFileSync(files.english, ["WEBVTT\n", ...english].join("\n"));
  writeFileSync(files.german, german.join("\n"));
  return files;
}

export const subtitleAt = (language: "en" | "de", seconds: number): string =>
  `${language === "en" ? "From" : "Ab"} ${Math.floor(seconds / 4) * 4} s`;

/** Asks for a stream of the film in three sizes, with its subtitles in two languages, English by default. */
export async function submitNumberedFilm(client: Client): Promise<Job> {
  const texts = subtitleFiles();
  const [film, english, german] = await Promise.all(
    [numberedFilm(), texts.english, texts.german].map(async (path) => client.assets.upload(await fileSource(path))),
  );
  if (!film || !english || !german) throw new Error("not all was uploaded");
  const spec = {
    kind: "stream" as const,
    video: { ladder: [{ shortSide: 360 }, { shortSide: 240 }, { shortSide: 180 }], speed: "fast" as const },
    subtitles: [
      { assetId: english.id, language: "en", isDefault: true },
      { assetId: german.id, language: "de" },
    ],
    chunkSeconds: 8,
  };
  return client.jobs.create({ assetId: film.id, spec });
}
