import { toHex } from "../encoding/hex.ts";
import type { Env } from "../env.ts";
import { matchesEtag } from "../http/byte-range.ts";
import { growingPlaylist } from "../streams/playlists/title-playlists.ts";
import { playedType } from "./file-names.ts";
import { listedTitle } from "./listed-title.ts";
import type { PlayRequest } from "./play-request.ts";
import { serveFile } from "./serve-file.ts";
import type { PlayableTitle } from "./title.ts";

/** A title that is whole changes no more; but what is deleted must not be listed for days. */
export const finalCacheControl = "public, max-age=3600";

/** A playlist by its name in the title's folder: as the last task wrote it, or of what is there by now. */
export function servePlaylist(env: Env, title: PlayableTitle, name: string, request: PlayRequest): Promise<Response> {
  const { finishPrefix, region } = title;
  if (finishPrefix === null) return serveGrowing(env, title, name, request);
  const file = { region, key: finishPrefix + name, contentType: playedType(name), cacheControl: finalCacheControl };
  return serveFile(env, file, request);
}

/** Made once a second for all viewers near one place: a thousand of them ask D1 no more than one. */
async function serveGrowing(env: Env, title: PlayableTitle, name: string, request: PlayRequest): Promise<Response> {
  const { cache, later } = request;
  // Of a growing title nothing is stored under such a name.
  const key = `${title.plan.prefix}growing/${name}`;
  const kept = await cache.find(key);
  if (kept?.status === 200)
    return serveText(new Uint8Array(await kept.arrayBuffer()), name, growingCacheControl(title), request);
  const growing = { title: title.plan.title, playableAt: title.playableAt };
  const text = utf8(growingPlaylist(growing, await listedTitle(env, title), name));
  const headers = { "content-type": playedType(name), "cache-control": "s-maxage=1" };
  later(cache.keep(key, new Response(text, { headers })));
  return serveText(text, name, growingCacheControl(title), request);
}

/** Text as it is served. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** Half of what a player waits before it asks again (RFC 8216 §6.3.4). */
export function growingCacheControl({ plan }: PlayableTitle): string {
  return `public, max-age=${Math.max(1, Math.floor(plan.title.targetDurationSeconds / 2))}, s-maxage=1`;
}

/** A playlist that was made here, in UTF-8. */
export async function serveText(
  text: Uint8Array<ArrayBuffer>,
  name: string,
  cacheControl: string,
  { method, header }: PlayRequest,
): Promise<Response> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const etag = `"${toHex(digest.subarray(0, 16))}"`;
  const headers = new Headers({ "content-type": playedType(name), "cache-control": cacheControl, etag });
  if (matchesEtag(header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  headers.set("content-length", String(text.byteLength));
  return new Response(method === "HEAD" ? null : text, { headers });
}
