import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { chunkReportsFrom, reportsOfParts } from "../store/titles.ts";
import { type ListedReport, listedReport } from "../streams/playlists/listed-report.ts";
import { type ListedTitle, mergeGrowing } from "../streams/playlists/merge.ts";
import { Remembered } from "./remembered.ts";
import type { PlayableTitle } from "./title.ts";

/** Reports read at once: some ten kilobytes each. */
const reportsPerRead = 100;
/** A segment takes about a kilobyte of an isolate's 128 MB. */
const segmentsRemembered = 40_000;
/** Reports of finished parts never change: what an isolate has read of a title it reads no more. */
const readReports = new Remembered<ReadReports>(segmentsRemembered);
const rememberMs = 3_600_000;

interface ReadReports {
  /** Of the chunks that follow one another from the first. */
  readonly chunks: readonly ListedReport[];
  readonly nextSegment: number;
  /** Of sound and subtitles, by part. */
  readonly whole: ReadonlyMap<string, ListedReport>;
}

/** All that can be listed of the title by now. Throws `stream_not_ready` while that is nothing. */
export async function listedTitle(env: Env, title: PlayableTitle): Promise<ListedTitle> {
  const { jobId, planSha256, region, plan } = title;
  const key = `${jobId} ${planSha256} ${region}`;
  const known = readReports.get(key) ?? { chunks: [], nextSegment: 1, whole: new Map() };
  const [chunks, whole] = await Promise.all([withNewChunks(env, title, known), withNewParts(env, title, known.whole)]);
  const reports = [...chunks.chunks, ...whole.values()];
  readReports.set(key, { ...chunks, whole }, rememberMs, segmentsIn(reports));
  const hasSound = plan.title.audio.length === 0 || whole.has("audio");
  const merged = hasSound ? mergeGrowing(reports) : null;
  if (!merged) throw new ReelwayError("stream_not_ready");
  return merged;
}

function segmentsIn(reports: readonly ListedReport[]): number {
  const tracks = reports.flatMap(({ renditions, subtitles }) => [...renditions, ...subtitles]);
  return tracks.reduce((sum, { segments }) => sum + segments.length, 0);
}

async function withNewChunks(
  env: Env,
  title: PlayableTitle,
  { chunks: known, nextSegment: from }: ReadReports,
): Promise<Omit<ReadReports, "whole">> {
  const chunks = [...known];
  let nextSegment = from;
  for (;;) {
    const rows = await chunkReportsFrom(env, title, nextSegment, reportsPerRead);
    for (const { report, endSegment } of rows) {
      chunks.push(listedReport(JSON.parse(report)));
      nextSegment = endSegment;
    }
    if (rows.length < reportsPerRead) return { chunks, nextSegment };
  }
}

async function withNewParts(
  env: Env,
  title: PlayableTitle,
  known: ReadReports["whole"],
): Promise<ReadReports["whole"]> {
  const missing = ["audio", "subtitles"].filter((part) => title.parts.has(part) && !known.has(part));
  if (missing.length === 0) return known;
  const found = await reportsOfParts(env, title, missing);
  return new Map([...known, ...[...found].map(([part, report]) => [part, listedReport(JSON.parse(report))] as const)]);
}
