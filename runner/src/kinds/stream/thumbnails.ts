import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OutputRole } from "@reelway/shared/contracts/manifest";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Size } from "../../ffmpeg/arguments/geometry.ts";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import { type SpriteLayout, sheetArguments } from "../../ffmpeg/arguments/stills.ts";
import { runFfmpeg } from "../../ffmpeg/run.ts";
import type { KindContext, KindResult, ProducedFile } from "../kind.ts";
import { scopeOf } from "../scope.ts";
import { storyboard } from "../storyboard.ts";
import { pictureSummary, tileSize } from "../thumbnails.ts";
import { mainPicture } from "../transcode/streams.ts";
import { boardOf, tileFile, tilePattern } from "./board.ts";
import { bringKeyFrames, keyFrameBytes } from "./key-frames.ts";
import { type Pictures, picturesOfKeyFrames, picturesOfSource } from "./pictures.ts";
import { readPlan } from "./read-plan.ts";

/** Pixels of a poster's longer side. */
const posterSide = 1_280;
/** Tiles, sheets and the poster together, bytes. */
const picturesBytes = 64 * 1024 * 1024;

/** A poster, tiles at even times, and the storyboard that scrubbers show. */
export async function makeThumbnails(context: KindContext): Promise<KindResult> {
  const plan = await readPlan(context);
  const stream = mainPicture(plan.source);
  const board = boardOf(stream, plan.durationSeconds);
  await context.claimSpace(Math.min(context.remote("source").bytes, board.tiles * keyFrameBytes) + picturesBytes);
  const pictures = await bringPictures(context, plan, board);
  // Once more: the whole source may be on disk by now.
  await context.claimSpace(picturesBytes);
  await mkdir(join(context.outputDirectory, "tiles"));
  say(context, 30, "tiles");
  const tiles = await pictures.makeTiles(board);
  if (tiles === 0) throw new ReelwayError("output_empty", "no picture of the source could be decoded");
  say(context, 70, "poster");
  const poster = await makePoster(context, pictures, posterSize(stream));
  say(context, 85, "storyboard");
  const files = [
    poster,
    ...Array.from({ length: tiles }, (_, place) => picture(context, tileFile(place), "thumbnail", board.tile)),
    ...(await makeStoryboard(context, { ...board, tiles }, plan)),
  ];
  return { files, source: null, encoder: null };
}

async function bringPictures(context: KindContext, plan: StreamPlan, board: SpriteLayout): Promise<Pictures> {
  const stream = mainPicture(plan.source);
  const times = Array.from({ length: board.tiles }, (_, place) => place * board.intervalSeconds);
  say(context, 0, "reading key frames");
  const frames = await bringKeyFrames(context, times, plan.video?.track ?? null);
  const { threads } = context;
  if (frames !== null) return picturesOfKeyFrames(context, frames, { stream, threads }, plan.durationSeconds);
  const path = await context.download("source");
  const source = { path, format: forcedFormat(plan.source.container), threads, stream };
  return picturesOfSource(context, source, plan.durationSeconds);
}

async function makePoster(context: KindContext, { makePoster: make }: Pictures, size: Size): Promise<ProducedFile> {
  const poster = picture(context, "poster.jpg", "poster", size);
  await make(size, poster.path);
  return poster;
}

function posterSize(stream: Size & Parameters<typeof tileSize>[0]): Size {
  return tileSize(stream, stream.width * Math.min(1, posterSide / Math.max(stream.width, stream.height)));
}

async function makeStoryboard(
  context: KindContext,
  board: SpriteLayout,
  { durationSeconds }: StreamPlan,
): Promise<ProducedFile[]> {
  const { outputDirectory } = context;
  await runFfmpeg(
    { ...scopeOf(context), cwd: outputDirectory },
    sheetArguments(join(outputDirectory, tilePattern), board),
  );
  const sheets = (await readdir(outputDirectory)).filter((name) => name.startsWith("sprite-")).sort();
  const size = { width: board.tile.width * board.columns, height: board.tile.height * board.rows };
  const map = join(outputDirectory, "storyboard.vtt");
  await writeFile(map, storyboard({ ...board, sheets, durationSeconds }));
  return [
    ...sheets.map((name) => picture(context, name, "sprite", size)),
    { path: map, name: "storyboard.vtt", role: "storyboard", contentType: "text/vtt" },
  ];
}

function picture({ outputDirectory }: KindContext, name: string, role: OutputRole, size: Size): ProducedFile {
  const path = join(outputDirectory, name);
  return { path, name, role, contentType: "image/jpeg", media: pictureSummary(size) };
}

function say(context: KindContext, percent: number, message: string): void {
  context.report({ percent, fps: null, speed: null, etaSeconds: null, message });
}
