import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { multivariantPlaylist } from "../streams/playlists/hls-multivariant.ts";
import type { ListedTitle } from "../streams/playlists/merge.ts";
import { addressesBelow } from "../streams/playlists/presentation.ts";
import { isVideo } from "../streams/playlists/rendition.ts";
import { growthOf } from "../streams/playlists/title-playlists.ts";
import { listedTitle } from "./listed-title.ts";
import { openPlayback, type PlaybackOpening } from "./open-playback.ts";
import type { PlayRequest } from "./play-request.ts";
import { serveText, utf8 } from "./serve-playlist.ts";
import { type PlayableTitle, playableTitle } from "./title.ts";

/**
 * A multivariant playlist of a stream, with all sounds and subtitles, and of the pictures one quality where that was
 * asked for. Its addresses hold a token of their own, so that a player needs no credential for them. Throws as
 * `openPlayback` and `playableTitle` do; `output_not_found` for a quality that is not in the ladder.
 */
export async function serveLadder(
  env: Env,
  settings: Settings,
  { quality, ...opening }: PlaybackOpening & { readonly quality?: string | undefined },
  request: PlayRequest,
): Promise<Response> {
  const { hls } = await openPlayback(env, settings, opening);
  const title = await playableTitle(env, opening.id);
  const listed = await listedTitle(env, title);
  const text = multivariantPlaylist({
    ...(quality === undefined ? listed : ofQuality(listed, title, quality)),
    growth: title.finishPrefix === null ? growthOf({ title: title.plan.title, playableAt: title.playableAt }) : null,
    targetSeconds: title.plan.title.targetDurationSeconds,
    startSeconds: null,
    addresses: addressesBelow(hls.slice(0, hls.lastIndexOf("/") + 1)),
  });
  return serveText(utf8(text), "main.m3u8", "no-store", request);
}

function ofQuality(listed: ListedTitle, { plan }: PlayableTitle, quality: string): ListedTitle {
  const ladder = plan.title.video?.renditions ?? [];
  const ids = new Set(ladder.filter(({ name }) => name === quality).map(({ id }) => id));
  if (ids.size === 0) {
    const names = ladder.map(({ name }) => name).join(", ");
    throw new ReelwayError("output_not_found", `There is no ${quality}; there is: ${names}`);
  }
  return { ...listed, renditions: listed.renditions.filter((one) => !isVideo(one) || ids.has(one.id)) };
}
