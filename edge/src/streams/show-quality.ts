import type { JobQuality } from "@reelway/shared/contracts/quality";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { qualityReport } from "@reelway/shared/streams/quality-report";
import type { Env } from "../env.ts";
import { findFindings } from "../store/findings.ts";
import { findPlanPart } from "../store/job-parts.ts";
import { findJob } from "../store/jobs.ts";

/**
 * What is known so far of a stream's quality. Throws `not_found`, `not_a_stream`, `quality_not_measured` where the job did
 * not ask for it, `output_expired`, `stream_not_ready` before it is planned.
 */
export async function showQuality(env: Env, tenantId: string, id: string): Promise<JobQuality> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  if (job.spec.kind !== "stream") throw new ReelwayError("not_a_stream");
  const { qualityReport: isAskedFor, video } = job.spec;
  if (isAskedFor !== true && video.targetQuality === undefined) throw new ReelwayError("quality_not_measured");
  if (job.outputsErasedAt !== null) throw new ReelwayError("output_expired");
  const part = await findPlanPart(env, id);
  const title = part?.stored.title;
  if (!part || !title) throw new ReelwayError("stream_not_ready", "It has not been planned yet");
  const { region, stored } = part;
  const findings = await findFindings(env, { jobId: id, planSha256: stored.planSha256, region });
  const report = qualityReport(
    { target: title.video?.target ?? null, renditions: title.video?.renditions ?? [] },
    findings,
  );
  return {
    jobId: id,
    planned: title.video === null ? 0 : Math.max(1, title.chunks),
    measured: report.chunks.filter(({ renditions }) => renditions.some(({ pictures }) => pictures !== null)).length,
    ...report,
  };
}
