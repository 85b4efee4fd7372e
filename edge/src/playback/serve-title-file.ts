import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { isPlaylist, playedType } from "./file-names.ts";
import type { PlayRequest } from "./play-request.ts";
import { serveFile } from "./serve-file.ts";
import { servePlaylist } from "./serve-playlist.ts";
import { keyOf } from "./stored-file.ts";
import type { PlayableTitle } from "./title.ts";

/** Keys are never written twice. */
export const mediaCacheControl = "public, max-age=31536000, immutable";

/** A file of the title by its name in the title's folder. Throws `output_not_found` where there is none yet. */
export async function serveTitleFile(
  env: Env,
  title: PlayableTitle,
  name: string,
  request: PlayRequest,
): Promise<Response> {
  if (isPlaylist(name)) return servePlaylist(env, title, name, request);
  const key = await keyOf(env, title, name);
  if (key === null) throw new ReelwayError("output_not_found");
  const { region } = title;
  return serveFile(env, { region, key, contentType: playedType(name), cacheControl: mediaCacheControl }, request);
}
