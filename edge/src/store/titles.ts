import { StreamTitle } from "@reelway/shared/contracts/stream-plan";
import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { RegionId } from "@reelway/shared/regions";
import { z } from "zod";
import type { Env } from "../env.ts";
import type { PlanScope } from "./job-parts.ts";

/** What players may be given of a job: asked for by whoever has a playback token, which names the job alone. */
export interface TitleRow {
  /** Whose it is. */
  readonly tenantId: string;
  readonly region: RegionId;
  readonly kind: string;
  readonly state: JobState;
  readonly playableAt: number | null;
  readonly outputsErasedAt: number | null;
  /** Where what the last task wrote lies: the playlists of a title that is whole. */
  readonly finishPrefix: string | null;
}

/** A part that is a whole task: where its files lie, and, of pictures beside the film, which they are. */
export interface PartPlace {
  readonly part: string;
  readonly prefix: string;
  readonly files: readonly string[];
}

export interface StoredTitle extends TitleRow {
  /** Null before there is a plan. */
  readonly plan: PlanPlace | null;
  /** The parts of the same plan that are whole tasks. */
  readonly parts: readonly PartPlace[];
}

/** The plan that a title's parts are of. */
export interface PlanPlace {
  readonly sha256: string;
  readonly prefix: string;
  readonly title: StreamTitle;
}

const titleRow = `
  SELECT tenantId, region, kind, state, playableAt, outputsErasedAt, manifest ->> '$.prefix' AS finishPrefix
  FROM jobs WHERE id = ?1`;

/** Chunks are left out: a film has thousands of them. */
const partRows = `
  SELECT part, prefix, planSha256, region, stored -> '$.title' AS title,
    (SELECT json_group_array(value ->> '$.name') FROM json_each(job_parts.stored, '$.outputs')
      WHERE job_parts.part = 'thumbnails') AS files
  FROM job_parts
  WHERE jobId = ?1 AND part IN ('plan', 'encode:whole', 'audio', 'thumbnails', 'subtitles')`;

interface PartRow extends Omit<PartPlace, "files"> {
  readonly planSha256: string;
  readonly region: RegionId;
  readonly title: string | null;
  readonly files: string;
}
const FileNames = z.array(z.string());

/** The title with the parts of its current plan in its job's region; null for a job that is not there. */
export async function findTitle(env: Env, jobId: string): Promise<StoredTitle | null> {
  const [jobs, parts] = await env.DB.batch<TitleRow | PartRow>(
    [titleRow, partRows].map((sql) => env.DB.prepare(sql).bind(jobId)),
  );
  const row = jobs?.results.find((one) => "state" in one);
  if (!row) return null;
  const here = (parts?.results ?? []).flatMap((one) => ("part" in one && one.region === row.region ? [one] : []));
  const plan = here.find(({ part }) => part === "plan");
  if (!plan) return { ...row, plan: null, parts: [] };
  const { planSha256: sha256, prefix } = plan;
  return {
    ...row,
    plan: { sha256, prefix, title: StreamTitle.parse(JSON.parse(plan.title ?? "null")) },
    parts: here
      .filter(({ planSha256 }) => planSha256 === sha256)
      .map(({ part, prefix, files }) => ({ part, prefix, files: FileNames.parse(JSON.parse(files)) })),
  };
}

/** Where the part lies that has this segment of the pictures; null where none has it yet. */
export function prefixOfSegment(
  env: Env,
  { jobId, planSha256, region }: PlanScope,
  segment: number,
): Promise<string | null> {
  return env.DB.prepare(
    `SELECT prefix FROM job_parts
     WHERE jobId = ?1 AND firstSegment <= ?2 AND endSegment > ?2 AND planSha256 = ?3 AND region = ?4
     ORDER BY firstSegment DESC LIMIT 1`,
  )
    .bind(jobId, segment, planSha256, region)
    .first<string>("prefix");
}

/** Follows the chunks from one to the next as long as there is no hole. CROSS keeps SQLite from reading all of them for each. */
const reportsFrom = `
  WITH RECURSIVE chain (part, endSegment) AS (
    SELECT part, endSegment FROM job_parts
    WHERE jobId = ?1 AND planSha256 = ?2 AND region = ?3 AND firstSegment = ?4
    UNION ALL
    SELECT next.part, next.endSegment FROM chain
    CROSS JOIN job_parts AS next ON next.jobId = ?1 AND next.planSha256 = ?2 AND next.region = ?3
      AND next.firstSegment = chain.endSegment
    LIMIT ?5
  )
  SELECT chain.endSegment, job_parts.stored -> '$.report' AS report
  FROM chain CROSS JOIN job_parts ON job_parts.jobId = ?1 AND job_parts.part = chain.part
  ORDER BY chain.endSegment`;

const ChunkReportRow = z.object({ endSegment: z.int(), report: z.string() });
export type ChunkReportRow = z.infer<typeof ChunkReportRow>;

/** What was packaged of the chunks that follow one another from this segment on, `limit` at most. */
export async function chunkReportsFrom(
  env: Env,
  { jobId, planSha256, region }: PlanScope,
  firstSegment: number,
  limit: number,
): Promise<ChunkReportRow[]> {
  const { results } = await env.DB.prepare(reportsFrom).bind(jobId, planSha256, region, firstSegment, limit).all();
  return z.array(ChunkReportRow).parse(results);
}

/** What was packaged by the parts that are whole tasks: sound and subtitles, by part. */
export async function reportsOfParts(
  env: Env,
  { jobId, planSha256, region }: PlanScope,
  parts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { results } = await env.DB.prepare(
    `SELECT part, stored -> '$.report' AS report FROM job_parts
     WHERE jobId = ?1 AND planSha256 = ?2 AND region = ?3 AND part IN (SELECT value FROM json_each(?4))`,
  )
    .bind(jobId, planSha256, region, JSON.stringify(parts))
    .all<{ part: string; report: string }>();
  return new Map(results.map(({ part, report }) => [part, report]));
}
