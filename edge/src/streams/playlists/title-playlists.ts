import type { StreamTitle } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { segmentCeiling } from "@reelway/shared/streams/ceiling";
import { dashManifest } from "./dash.ts";
import { iFramePlaylist, mediaPlaylist, subtitlesPlaylist } from "./hls-media.ts";
import { multivariantPlaylist } from "./hls-multivariant.ts";
import type { ListedTitle } from "./merge.ts";
import { addressesBelow, type Growth, type Presentation } from "./presentation.ts";

/** A title while it is made. */
export interface GrowingTitle {
  readonly title: StreamTitle;
  /** Since when there is something to play, milliseconds since the epoch. */
  readonly playableAt: number;
}

/** Bits that a thousand are told as, of sound: what a second of a segment may take beyond its rate, as was measured. */
const soundBitsPerKbps = 1_100;

/** What is promised of a title while it grows. */
export function growthOf({ title, playableAt }: GrowingTitle): Growth {
  const renditions = title.video?.renditions ?? [];
  const pictures = renditions.map(({ id, maxKbps }) => [id, segmentCeiling(maxKbps, title.segmentSeconds)] as const);
  const sound = title.audio.map(({ id, bitrateKbps }) => [id, bitrateKbps * soundBitsPerKbps] as const);
  return { bandwidths: new Map([...pictures, ...sound]), availableSince: new Date(playableAt).toISOString() };
}

/** The playlist of this name in the title's folder, as it is now. Throws `output_not_found`. */
export function growingPlaylist(growing: GrowingTitle, listed: ListedTitle, name: string): string {
  const growth = growthOf(growing);
  const { targetDurationSeconds: targetSeconds } = growing.title;
  const presentation = { ...listed, growth, targetSeconds, startSeconds: null, addresses: addressesBelow("") };
  const text = name === "manifest.mpd" ? dashManifest(presentation) : hlsPlaylist(presentation, name);
  if (text === null) throw new ReelwayError("output_not_found");
  return text;
}

/** The HLS playlist of this name; null where there is none. */
export function hlsPlaylist(presentation: Presentation, name: string): string | null {
  if (!name.includes("/")) return multivariantPlaylist(presentation);
  const [folder, file] = name.split("/");
  const rendition = presentation.renditions.find(({ id }) => id === folder);
  if (rendition)
    return file === "iframes.m3u8" ? iFramePlaylist(rendition, presentation) : mediaPlaylist(rendition, presentation);
  const text = presentation.subtitles.find(({ id }) => id === folder);
  return text && file !== "iframes.m3u8" ? subtitlesPlaylist(text, presentation) : null;
}
