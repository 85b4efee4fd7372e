import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { invalidField } from "../http/invalid-field.ts";
import type { ListedRendition, ListedText } from "../streams/playlists/listed-report.ts";
import type { ListedTitle } from "../streams/playlists/merge.ts";
import { endSecondsOf, isVideo, secondsOf } from "../streams/playlists/rendition.ts";
import { hlsPlaylist } from "../streams/playlists/title-playlists.ts";
import { listedTitle } from "./listed-title.ts";
import type { PlayRequest } from "./play-request.ts";
import { finalCacheControl, growingCacheControl, serveText, utf8 } from "./serve-playlist.ts";
import type { PlayableTitle } from "./title.ts";

/** From one second of the title to another. */
export interface ClipRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A list of the segments that cover a part of the title, as if that were all of it: nothing is encoded for it. It begins
 * up to a segment early; players are told where to start. Throws `stream_not_ready` while its end is not there,
 * `invalid_request` for what lies behind the title's end, `output_not_found`.
 */
export async function serveClip(
  env: Env,
  title: PlayableTitle,
  { folder, range }: { readonly folder: string | null; readonly range: ClipRange },
  request: PlayRequest,
): Promise<Response> {
  const isWhole = title.finishPrefix !== null;
  const listed = await listedTitle(env, title);
  const known = Math.min(...listed.renditions.map(endSecondsOf));
  if (!isWhole && range.end > known) throw new ReelwayError("stream_not_ready");
  const { clip, from } = clipOf(listed, range);
  const presentation = {
    ...clip,
    growth: null,
    targetSeconds: title.plan.title.targetDurationSeconds,
    startSeconds: Math.max(0, range.start - from),
    addresses: {
      media: (id: string) => `${id}/clip.m3u8?start=${range.start}&end=${range.end}`,
      iFrames: null,
    },
  };
  const name = folder === null ? "clip.m3u8" : `${folder}/clip.m3u8`;
  const text = hlsPlaylist(presentation, name);
  if (text === null) throw new ReelwayError("output_not_found");
  return serveText(utf8(text), name, isWhole ? finalCacheControl : growingCacheControl(title), request);
}

/** The segments that cover the range, and the second at which the first of them begins. */
function clipOf(title: ListedTitle, range: ClipRange): { readonly clip: ListedTitle; readonly from: number } {
  const [leading] = title.renditions;
  const guide = leading && covering(leading, range);
  const [first] = guide?.segments ?? [];
  if (!guide || !first) {
    throw invalidField("start", "lies behind the end of the title");
  }
  const from = secondsOf(guide, first.start);
  const span = { start: from, end: endSecondsOf(guide) };
  // Sound and text as far as the pictures that are listed, whose segments are longer than was asked for.
  const others = (one: ListedRendition) => (isVideo(one) ? covering(one, range) : covering(one, span));
  const clip = {
    renditions: title.renditions.map(others),
    subtitles: title.subtitles.map((text) => covering(text, span)),
  };
  return { clip, from };
}

/** Clocks of different ticks that mean the same. */
const roundingSeconds = 1e-3;

function covering<T extends ListedRendition | ListedText>(track: T, { start, end }: ClipRange): T {
  const segments = track.segments.filter(
    (segment) =>
      secondsOf(track, segment.start + segment.duration) > start + roundingSeconds &&
      secondsOf(track, segment.start) < end - roundingSeconds,
  );
  return { ...track, segments };
}
