import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ThumbnailsSpec } from "@reelway/shared/contracts/job-spec";
import type { VideoStream } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Size } from "../ffmpeg/arguments/geometry.ts";
import { forcedFormat } from "../ffmpeg/arguments/guard.ts";
import { type SpriteLayout, type StillSource, spriteArguments, stillFiles } from "../ffmpeg/arguments/stills.ts";
import { probeSource } from "../ffmpeg/probe.ts";
import { createEstimator } from "../ffmpeg/progress.ts";
import { type RunScope, runFfmpeg } from "../ffmpeg/run.ts";
import type { Kind, KindContext, ProducedFile } from "./kind.ts";
import { scopeOf, sourceOf } from "./scope.ts";
import { takeStill } from "./still.ts";
import { storyboard } from "./storyboard.ts";
import { mainPicture } from "./transcode/streams.ts";

/** Posters at chosen or evenly spread times, and sprite sheets with their WebVTT map. */
export const thumbnails: Kind = async (context) => {
  const { spec } = context.task;
  if (spec.kind !== "thumbnails") throw new TypeError(`not a thumbnails spec: ${spec.kind}`);
  if (spec.format === "webp" && !context.tools.knows("encoder", "libwebp"))
    throw new ReelwayError("spec_unsupported", "this runner's ffmpeg makes no WebP pictures");
  const scope = scopeOf(context);
  const path = sourceOf(context);
  const source = await probeSource(scope, path);
  const stream = mainPicture(source);
  const still: StillSource = { path, format: forcedFormat(source.container), threads: context.threads, stream };
  const duration = stream.durationSeconds ?? source.durationSeconds ?? 0;
  const files = [
    ...(await makePosters(context, scope, still, spec, duration)),
    ...(await makeSprite(context, scope, still, spec, duration)),
  ];
  return { files, source, encoder: null };
};

async function makePosters(
  context: KindContext,
  scope: RunScope,
  source: StillSource,
  spec: ThumbnailsSpec,
  duration: number,
): Promise<ProducedFile[]> {
  if (!spec.posters) return [];
  const times = spec.posters.atSeconds ?? evenlySpread(spec.posters.count ?? 1, duration);
  const late = times.find((time) => duration > 0 && time >= duration);
  if (late !== undefined)
    throw new ReelwayError("output_empty", `${late} s lies beyond the source's ${duration.toFixed(2)} s`);
  const { extension, contentType } = stillFiles[spec.format];
  const size = widthFitted(source.stream, spec.posters.width);
  const share = spec.sprite ? 50 : 100;
  const files: ProducedFile[] = [];
  for (const [index, atSeconds] of times.entries()) {
    const name = `poster-${String(index + 1).padStart(3, "0")}.${extension}`;
    const output = join(context.outputDirectory, name);
    await takeStill(scope, source, { atSeconds, size, format: spec.format, output });
    files.push({ path: output, name, role: "poster", contentType, media: pictureSummary(size) });
    report(context, (share * (index + 1)) / times.length, `poster ${index + 1} of ${times.length}`);
  }
  return files;
}

async function makeSprite(
  context: KindContext,
  scope: RunScope,
  source: StillSource,
  spec: ThumbnailsSpec,
  duration: number,
): Promise<ProducedFile[]> {
  if (!spec.sprite) return [];
  if (duration <= 0) throw new ReelwayError("spec_unsupported", "a sprite needs a source that tells its duration");
  const { extension, contentType } = stillFiles[spec.format];
  const layout = layOut(spec, spec.sprite, source.stream, duration, `sprite-%03d.${extension}`);
  const done = spec.posters ? 50 : 0;
  const estimate = createEstimator(layout.tiles * layout.intervalSeconds, [1]);
  await runFfmpeg(
    { ...scope, cwd: context.outputDirectory },
    spriteArguments(source, layout, scope.tools),
    (progress) => report(context, done + (estimate(0, progress).percent * (100 - done)) / 100, "sprite sheets"),
  );
  const made = (await readdir(context.outputDirectory)).filter((name) => name.startsWith("sprite-")).sort();
  const perSheet = layout.columns * layout.rows;
  if (made.length === 0) throw new ReelwayError("output_empty", "no picture of the source could be decoded");
  const tiles = Math.min(layout.tiles, made.length * perSheet);
  const map = join(context.outputDirectory, "storyboard.vtt");
  await writeFile(map, storyboard({ ...layout, tiles, sheets: made, durationSeconds: duration }));
  const sheetSize = { width: layout.tile.width * layout.columns, height: layout.tile.height * layout.rows };
  return [
    ...made.map(
      (name): ProducedFile => ({
        path: join(context.outputDirectory, name),
        name,
        role: "sprite",
        contentType,
        media: pictureSummary(sheetSize),
      }),
    ),
    { path: map, name: "storyboard.vtt", role: "storyboard", contentType: "text/vtt" },
  ];
}

/** Sheets no larger than their tiles need: a short clip does not carry ninety black tiles. */
function layOut(
  spec: ThumbnailsSpec,
  sprite: NonNullable<ThumbnailsSpec["sprite"]>,
  stream: VideoStream,
  duration: number,
  pattern: string,
): SpriteLayout {
  const intervalSeconds = sprite.intervalSeconds ?? Math.max(0.5, Math.round(duration) / 100);
  const tiles = Math.max(1, Math.ceil(duration / intervalSeconds - 0.01));
  const columns = Math.min(sprite.columns, tiles);
  const rows = Math.min(sprite.rows, Math.ceil(tiles / columns));
  return { tile: tileSize(stream, sprite.width), columns, rows, tiles, intervalSeconds, format: spec.format, pattern };
}

/** Times in the middle of equal parts, so that neither the first nor the last frame is among them. */
function evenlySpread(count: number, duration: number): number[] {
  return Array.from({ length: count }, (_, index) => (duration * (index + 0.5)) / count);
}

function widthFitted(stream: VideoStream, wanted: number): Size {
  return tileSize(stream, Math.min(wanted, stream.width));
}

/** A picture of the source's shape, so wide. */
export function tileSize(stream: VideoStream, width: number): Size {
  const even = (value: number) => Math.max(2, 2 * Math.round(value / 2));
  return { width: even(width), height: even((width * stream.height) / stream.width) };
}

export function pictureSummary(size: Size) {
  return { ...size, durationSeconds: null, fps: null, videoCodec: null, audioCodec: null };
}

function report(context: KindContext, percent: number, message: string): void {
  context.report({ percent, fps: null, speed: null, etaSeconds: null, message });
}
