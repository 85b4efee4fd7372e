import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { RenditionReport } from "@reelway/shared/contracts/package-report";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type Download, downloadsOf } from "@reelway/shared/streams/downloads";
import type { KindContext, KindResult, ProducedFile } from "../kind.ts";
import { summarise } from "../metadata-file.ts";
import { engineScopeOf } from "../scope.ts";
import { bringRendition } from "./bring-rendition.ts";
import { checkDownload } from "./check-download.ts";
import { checkReports } from "./check-reports.ts";
import { bytesOf, joinedRenditions } from "./joined-renditions.ts";
import { readPlan } from "./read-plan.ts";
import { runOverMade } from "./run-over-made.ts";
import { writingMs } from "./writing-time.ts";

/** A file on disk with all segments of a rendition behind its init segment. */
interface Brought {
  readonly report: RenditionReport;
  readonly path: string;
}

/**
 * One MP4 for each quality that was asked for, with all sounds, of the segments that the other tasks made: nothing is encoded.
 * Only one quality's segments are on disk at a time.
 */
export async function joinFiles(context: KindContext, spec: StreamSpec): Promise<KindResult> {
  const plan = await readPlan(context);
  const reports = await context.packageReports();
  checkReports(reports, plan);
  const renditions = joinedRenditions(reports);
  const downloads = downloadsOf(spec, plan).files.map((download) => ({
    download,
    pictures: download.rendition === null ? null : reportOf(renditions, download.rendition),
  }));
  const sounds = plan.audio.flatMap(({ id }) => renditions.get(id) ?? []);
  await context.claimSpace(spaceFor(downloads, sounds));
  const bring = bringer(context, [...sounds, ...downloads.flatMap(({ pictures }) => pictures ?? [])]);
  const sound: Brought[] = [];
  for (const report of sounds) sound.push(await bring(report));
  const files: ProducedFile[] = [];
  for (const { download, pictures } of downloads) {
    const picture = pictures === null ? [] : [await bring(pictures)];
    files.push(await stitch(context, download, [...picture, ...sound]));
    for (const { path } of picture) await rm(path);
  }
  return { files, source: null, encoder: null };
}

function reportOf(renditions: ReadonlyMap<string, RenditionReport>, id: string): RenditionReport {
  const report = renditions.get(id);
  if (report === undefined) throw new ReelwayError("output_invalid", `${id} was not packaged`);
  return report;
}

/** What stands in front of a file's media, at most: of itself, and for each picture or frame of sound, bytes. */
const headerBytes = 1024 * 1024;
const sampleBytes = 20;

/** All sounds, the pictures of one quality, and every file that is made of them, bytes. */
function spaceFor(
  downloads: readonly { readonly pictures: RenditionReport | null }[],
  sounds: readonly RenditionReport[],
): number {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const sound = sum(sounds.map(bytesOf));
  const pictures = downloads.map((download) => (download.pictures === null ? 0 : bytesOf(download.pictures)));
  const files = downloads.map((download, place) => {
    const tracks = [...sounds, ...(download.pictures === null ? [] : [download.pictures])];
    const samples = sum(tracks.flatMap(({ segments }) => segments.map((segment) => segment.samples)));
    return (pictures[place] ?? 0) + sound + headerBytes + samples * sampleBytes;
  });
  return sound + Math.max(0, ...pictures) + sum(files);
}

/** Brings one rendition after another, and says how far that is. */
function bringer(context: KindContext, all: readonly RenditionReport[]): (report: RenditionReport) => Promise<Brought> {
  const total = all.reduce((sum, report) => sum + bytesOf(report), 0);
  let done = 0;
  return async (report) => {
    const path = join(context.workDirectory, `${report.id}.mp4`);
    await bringRendition(context, report, path, (more) => {
      done += more;
      const percent = (done / Math.max(1, total)) * 100;
      context.report({ percent, fps: null, speed: null, etaSeconds: null, message: "joining segments" });
    });
    return { report, path };
  };
}

/** Lays pictures and sounds side by side, and looks at what came out. */
async function stitch(context: KindContext, download: Download, tracks: readonly Brought[]): Promise<ProducedFile> {
  const path = join(context.outputDirectory, download.name);
  const bytes = tracks.reduce((sum, { report }) => sum + bytesOf(report), 0);
  const limitMs = writingMs(context, bytes);
  const inputs = tracks.map((track) => track.path);
  await runOverMade(engineScopeOf(context), ["stitch", "-o", path, ...inputs], limitMs);
  const info = await checkDownload(
    context,
    path,
    tracks.map(({ report }) => report),
  );
  const isFilm = download.rendition !== null;
  return {
    ...{ path, name: download.name, media: summarise(info) },
    role: isFilm ? "video" : "audio",
    contentType: isFilm ? "video/mp4" : "audio/mp4",
  };
}
