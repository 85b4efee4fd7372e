import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { encodePictures, encodeSound, GOP_SECONDS, SECONDS } from "./encodes.ts";
import { runEngine } from "./engine.ts";
import { KEY, KEY_ID, KEY_PATH, type KeyFormat } from "./keys.ts";

/** Makes titles in one folder with one engine. */
export interface Workshop {
  engine: string;
  folder: string;
}

const SIZES = ["320x180", "160x90"];
const flags = ["--segment-duration", String(GOP_SECONDS)];

/** How a title is encrypted, and how its HLS playlists say where the key is had. */
interface Encryption {
  scheme: "cenc" | "cbcs";
  keyFormat: KeyFormat;
}

function encryptionFlags({ scheme, keyFormat }: Encryption): string[] {
  const access = ["--key-uri", KEY_PATH, "--key-format", keyFormat];
  return ["--encrypt", scheme, "--key-id", KEY_ID, "--key", KEY, ...access];
}

/** A title encoded whole and packaged whole. */
export function packageWhole(
  { engine, folder }: Workshop,
  {
    name,
    video,
    audio,
    singleFile,
    encryption,
    subtitles = [],
  }: {
    name: string;
    video: "h264" | "vp9" | "av1";
    audio: "aac" | "opus";
    singleFile?: boolean;
    encryption?: Encryption;
    subtitles?: string[];
  },
): string {
  const inputs = SIZES.map((size) =>
    encodePictures(join(folder, `${video}-${size}.mp4`), { codec: video, size, from: 0, to: SECONDS }),
  );
  const sound = encodeSound(join(folder, `${audio}.mp4`), audio);
  const output = join(folder, name);
  const text = subtitles.flatMap((argument) => ["--subtitles", argument]);
  const layout = [
    ...text,
    ...(singleFile ? ["--single-file"] : []),
    ...(encryption ? encryptionFlags(encryption) : []),
  ];
  runEngine(engine, "package", ...flags, ...layout, "-o", output, ...inputs, sound);
  return output;
}

/** A title that came in three chunks and its sound, packaged each on its own: media in one folder, and their reports. */
export interface ChunkedTitle {
  media: string;
  chunks: string[];
  sound: string;
  /** Only of a title that has some. */
  subtitles?: string;
}

const CHUNKS = [
  { from: 0, to: 4 },
  { from: 4, to: 8 },
  { from: 8, to: 10 },
];
const ticks = (seconds: number) => `${seconds * 25_000}/25000`;
const BORDERS = Array.from({ length: SECONDS / GOP_SECONDS - 1 }, (_, n) => ticks((n + 1) * GOP_SECONDS)).join(",");

/** Encodes and packages each chunk by itself, as machines that know nothing of each other do. */
export function packageChunks({ engine, folder }: Workshop, name: string): ChunkedTitle {
  const media = join(folder, name);
  mkdirSync(media);
  const chunks = CHUNKS.map(({ from, to }) => {
    const inputs = SIZES.map((size) =>
      encodePictures(join(folder, `${name}-${from}-${size}.mp4`), { codec: "h264", size, from, to }),
    );
    const [report, output] = [join(folder, `${name}-${from}.json`), join(folder, `${name}-${from}`)];
    const place = [
      "--first-segment",
      String(from / GOP_SECONDS + 1),
      "--base-time",
      ticks(from),
      "--end-time",
      ticks(to),
    ];
    runEngine(engine, "package", "--chunk", ...flags, ...place, "--report", report, "-o", output, ...inputs);
    cpSync(output, media, { recursive: true });
    return report;
  });
  const [sound, output] = [join(folder, `${name}-sound.json`), join(folder, `${name}-sound`)];
  const input = encodeSound(`${output}.mp4`, "aac");
  runEngine(engine, "package", "--hls", ...flags, "--borders", BORDERS, "--report", sound, "-o", output, input);
  cpSync(join(output, "audio-1"), join(media, "audio-1"), { recursive: true });
  return { media, chunks, sound };
}

/** Packages subtitles by themselves, for a title whose other parts are packaged elsewhere. */
export function packageSubtitles({ engine }: Workshop, title: ChunkedTitle, subtitles: string[]): ChunkedTitle {
  const output = `${title.media}-subtitles`;
  const report = `${output}.json`;
  const text = subtitles.flatMap((argument) => ["--subtitles", argument]);
  const grid = ["--borders", BORDERS, "--end-time", ticks(SECONDS)];
  runEngine(engine, "package", ...text, ...grid, "--report", report, "-o", output);
  cpSync(output, title.media, { recursive: true });
  return { ...title, subtitles: report };
}

/** Writes a chunked title's manifests; while it grows, those of its first `known` chunks. */
export function writeManifests(
  { engine, folder }: Workshop,
  title: ChunkedTitle,
  known: number | "all",
  availableSince: string,
): string {
  const output = join(folder, `manifests-${known}-${title.media.split("/").at(-1)}`);
  const growing = ["--growing", "--available-since", availableSince, "--target-duration", String(GOP_SECONDS)];
  const text = title.subtitles === undefined ? [] : [title.subtitles];
  const reports = [...title.chunks.slice(0, known === "all" ? undefined : known), title.sound, ...text];
  const target = ["--target-duration", String(GOP_SECONDS)];
  runEngine(engine, "manifest", ...(known === "all" ? target : growing), "-o", output, ...reports);
  return output;
}
