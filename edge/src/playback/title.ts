import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { findTitle, type PartPlace, type PlanPlace, type StoredTitle } from "../store/titles.ts";
import { Remembered } from "./remembered.ts";

/** How long an isolate goes by what it has read: deleted outputs are served no longer than that. */
const rememberMs = { growing: 2_000, whole: 15_000 } as const;
const titles = new Remembered<StoredTitle | null>(500);

/** A stream that can be played: what is there of it, and where. */
export interface PlayableTitle {
  readonly jobId: string;
  /** Whose it is. */
  readonly tenantId: string;
  readonly region: RegionId;
  readonly planSha256: string;
  readonly plan: PlanPlace;
  /** Since when there is something to play, milliseconds since the epoch. */
  readonly playableAt: number;
  /** Where the playlists of the whole lie; null while the title grows. */
  readonly finishPrefix: string | null;
  /** The parts that are whole tasks, by name. */
  readonly parts: ReadonlyMap<string, PartPlace>;
}

/**
 * The title of a job as of now, or a few seconds ago. Throws `stream_not_ready`, `output_not_found` where the job has
 * come to no good end, or its outputs are gone.
 */
export async function playableTitle(env: Env, jobId: string): Promise<PlayableTitle> {
  const stored = await readTitle(env, jobId);
  if (stored?.kind !== "stream" || stored.outputsErasedAt !== null) throw new ReelwayError("output_not_found");
  const { tenantId, state, region, plan, parts, finishPrefix, playableAt } = stored;
  if (isTerminal(state) && state !== "succeeded") throw new ReelwayError("output_not_found");
  if (plan === null || playableAt === null) throw new ReelwayError("stream_not_ready");
  return {
    jobId,
    tenantId,
    region,
    planSha256: plan.sha256,
    plan,
    playableAt,
    finishPrefix: state === "succeeded" ? finishPrefix : null,
    parts: new Map(parts.map((part) => [part.part, part])),
  };
}

async function readTitle(env: Env, jobId: string): Promise<StoredTitle | null> {
  const known = titles.get(jobId);
  if (known !== undefined) return known;
  const found = await findTitle(env, jobId);
  titles.set(jobId, found, found?.state === "succeeded" ? rememberMs.whole : rememberMs.growing);
  return found;
}
