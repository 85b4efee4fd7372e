import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { findJob } from "../store/jobs.ts";
import { findTitle, type PartPlace } from "../store/titles.ts";
import { playedType } from "./file-names.ts";
import type { PlayRequest } from "./play-request.ts";
import { serveFile } from "./serve-file.ts";
import { tileAt } from "./tiles.ts";

/** Where a title's pictures lie. */
interface Pictures {
  readonly region: RegionId;
  /** Undefined before they are made. */
  readonly part: PartPlace | undefined;
}

/** The picture of a second of the title; its poster without one. Throws `output_not_found` where there is none. */
export async function serveThumbnail(
  env: Env,
  { region, part }: Pictures,
  { time, cacheControl }: { readonly time: number | undefined; readonly cacheControl: string },
  request: PlayRequest,
): Promise<Response> {
  const name = part && (time === undefined ? poster(part) : await tileAt(env, region, part, time));
  if (!part || !name) throw new ReelwayError("output_not_found");
  return serveFile(env, { region, key: part.prefix + name, contentType: playedType(name), cacheControl }, request);
}

function poster({ files }: PartPlace): string | null {
  return files.find((file) => file === "poster.jpg") ?? null;
}

/** Keys are never written twice; whoever asks by a credential shares with nobody. */
const privateCacheControl = "private, max-age=31536000, immutable";

/**
 * The same for whoever may read the job, as soon as the picture is made. Throws `not_found`, `not_a_stream`,
 * `output_expired`, `output_not_found`.
 */
export async function serveThumbnailOf(
  env: Env,
  { tenantId, id, time }: { readonly tenantId: string; readonly id: string; readonly time: number },
  request: PlayRequest,
): Promise<Response> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  if (job.kind !== "stream") throw new ReelwayError("not_a_stream");
  if (job.outputsErasedAt !== null) throw new ReelwayError("output_expired");
  const title = await findTitle(env, id);
  const part = title?.parts.find((one) => one.part === "thumbnails");
  return serveThumbnail(env, { region: job.region, part }, { time, cacheControl: privateCacheControl }, request);
}
