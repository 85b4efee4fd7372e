import type { Playback, PlaybackRequest } from "@reelway/shared/contracts/playback";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { findJob } from "../store/jobs.ts";
import type { JobRow } from "../store/rows.ts";
import { findTitle } from "../store/titles.ts";
import { signPlayback } from "./token.ts";

/** Whose stream is to be played, and for how long. */
export interface PlaybackOpening extends PlaybackRequest {
  readonly tenantId: string;
  readonly id: string;
  readonly now: number;
}

/**
 * Gives the right to play a stream that is done, or under way. Throws `not_found`, `not_a_stream`, `output_expired`,
 * `output_not_found` where the job came to no good end, `stream_not_ready` before it runs.
 */
export async function openPlayback(
  env: Env,
  settings: Settings,
  { tenantId, id, expiresInSeconds, now }: PlaybackOpening,
): Promise<Playback> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  refuseUnplayable(job);
  const stored = await findTitle(env, id);
  const pictures = stored?.parts.find(({ part }) => part === "thumbnails")?.files ?? [];
  const lifeMs = expiresInSeconds === undefined ? settings.playbackTokenMs : expiresInSeconds * 1_000;
  const expiresAt = now + lifeMs;
  const token = await signPlayback(settings, { jobId: id, expiresAt });
  const urlOf = (file: string) => `${settings.publicUrl}/api/v1/play/${token}/${file}`;
  const urlOfPicture = (file: string) => (pictures.includes(file) ? urlOf(file) : null);
  return {
    token,
    expiresAt,
    hls: urlOf("main.m3u8"),
    dash: urlOf("manifest.mpd"),
    poster: urlOfPicture("poster.jpg"),
    storyboard: urlOfPicture("storyboard.vtt"),
  };
}

function refuseUnplayable({ kind, state, playableAt, outputsErasedAt }: JobRow): void {
  if (kind !== "stream") throw new ReelwayError("not_a_stream");
  if (outputsErasedAt !== null) throw new ReelwayError("output_expired");
  if (isTerminal(state) && state !== "succeeded") throw new ReelwayError("output_not_found", `The job is ${state}`);
  if (state !== "running" && playableAt === null) throw new ReelwayError("stream_not_ready", `The job is ${state}`);
}
