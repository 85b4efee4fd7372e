import { StoredPart } from "@reelway/shared/contracts/manifest";
import { limits } from "@reelway/shared/limits";
import { z } from "zod";
import type { Env } from "../env.ts";
import type { PlanScope } from "./job-parts.ts";

/** Which segments are wanted: from one up to, not including, another. Segment 0 is the init segment. */
export interface SegmentRange {
  readonly rendition: string;
  readonly from: number;
  readonly to: number;
}

/**
 * ?1 the job, ?2 the plan, ?3 the region, ?4 and ?5 the range, ?6 the part that may hold all of the rendition. Init segments of
 * chunks lie with the plan. A chunk that reaches into the range begins no further before it than a chunk has segments (?7).
 */
const partsInRange = `
  WITH wanted (part) AS (
    SELECT ?6
    UNION ALL SELECT 'plan' WHERE ?4 = 0 AND ?6 <> 'audio'
    UNION ALL SELECT part FROM job_parts
      WHERE ?6 <> 'audio' AND jobId = ?1 AND firstSegment < ?5 AND firstSegment > ?4 - ?7
  )
  SELECT job_parts.stored, job_parts.part = ?6 OR job_parts.part = 'encode:' || (
    SELECT stored ->> '$.title.chunks' - 1 FROM job_parts WHERE jobId = ?1 AND part = 'plan') AS isEnd
  FROM wanted CROSS JOIN job_parts ON job_parts.jobId = ?1 AND job_parts.part = wanted.part
    AND job_parts.planSha256 = ?2 AND job_parts.region = ?3`;

const PartRow = z.object({ stored: z.string(), isEnd: z.int() });

/**
 * The finished parts of a plan that hold files of a rendition in a range; sound, and a picture that was not cut, in one piece.
 * `reachesEnd`: the rendition's last segment is among them.
 */
export async function partsOfRendition(
  env: Env,
  { jobId, planSha256, region }: PlanScope,
  { rendition, from, to }: SegmentRange,
): Promise<{ readonly parts: StoredPart[]; readonly reachesEnd: boolean }> {
  const whole = rendition.startsWith("audio-") ? "audio" : "encode:whole";
  const { results } = await env.DB.prepare(partsInRange)
    .bind(jobId, planSha256, region, from, to, whole, limits.segmentsPerChunk)
    .all();
  const rows = z.array(PartRow).parse(results);
  return {
    parts: rows.map(({ stored }) => StoredPart.parse(JSON.parse(stored))),
    reachesEnd: rows.some(({ isEnd }) => isEnd === 1),
  };
}
