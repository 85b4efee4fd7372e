import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { decimals } from "./decimals.ts";
import type { ListedRendition, ListedText } from "./listed-report.ts";
import type { Presentation } from "./presentation.ts";
import { iFramesOf, isIndependent, secondsOf } from "./rendition.ts";

/** Media playlists of HLS (RFC 8216, second edition), as the media engine writes them. */

/** A rendition's playlist. */
export function mediaPlaylist(rendition: ListedRendition, presentation: Presentation): string {
  const spans = rendition.segments.map(({ duration }) => secondsOf(rendition, duration));
  return lines([
    ...beginning(presentation, spans),
    ...(isIndependent(rendition) ? ["#EXT-X-INDEPENDENT-SEGMENTS"] : []),
    mapOf(rendition),
    ...rendition.segments.flatMap(({ number, duration }) => [
      `#EXTINF:${decimals(secondsOf(rendition, duration), 6)},`,
      nameInFolder(segmentFile(rendition.id, number)),
    ]),
    ...ending(presentation),
  ]);
}

/** A rendition's playlist of key frames, each by its bytes; null where none can be had alone. */
export function iFramePlaylist(rendition: ListedRendition, presentation: Presentation): string | null {
  const frames = iFramesOf(rendition);
  if (frames.length === 0) return null;
  const spans = frames.map(({ seconds }) => seconds);
  return lines([
    ...beginning(presentation, spans),
    "#EXT-X-I-FRAMES-ONLY",
    mapOf(rendition),
    ...frames.flatMap(({ segment, offset, bytes, seconds }) => [
      `#EXTINF:${decimals(seconds, 6)},`,
      `#EXT-X-BYTERANGE:${bytes}@${offset}`,
      nameInFolder(segmentFile(rendition.id, segment)),
    ]),
    ...ending(presentation),
  ]);
}

/** A playlist of subtitles. */
export function subtitlesPlaylist(text: ListedText, presentation: Presentation): string {
  const spans = text.segments.map(({ duration }) => secondsOf(text, duration));
  return lines([
    ...beginning(presentation, spans),
    ...text.segments.flatMap(({ number, duration }) => [
      `#EXTINF:${decimals(secondsOf(text, duration), 6)},`,
      nameInFolder(segmentFile(text.id, number)),
    ]),
    ...ending(presentation),
  ]);
}

function beginning({ targetSeconds, growth, startSeconds }: Presentation, spans: readonly number[]): string[] {
  const target = Math.max(targetSeconds, targetDuration(spans));
  // Players begin a list without an end near its end, as if it were live.
  const start = growth ? "0" : startSeconds === null ? null : decimals(startSeconds, 6);
  return [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    `#EXT-X-TARGETDURATION:${target}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    `#EXT-X-PLAYLIST-TYPE:${growth ? "EVENT" : "VOD"}`,
    ...(start === null ? [] : [`#EXT-X-START:TIME-OFFSET=${start}${growth ? "" : ",PRECISE=YES"}`]),
  ];
}

/** The longest to the nearest second, as players hold it against the target (RFC 8216 §4.3.3.1). */
function targetDuration(spans: readonly number[]): number {
  return Math.round(spans.reduce((most, seconds) => Math.max(most, seconds), 0));
}

function mapOf({ id }: ListedRendition): string {
  return `#EXT-X-MAP:URI="${nameInFolder(initFile(id))}"`;
}

function ending({ growth }: Presentation): string[] {
  return growth ? [] : ["#EXT-X-ENDLIST"];
}

/** Playlists lie in the folder of what they list. */
function nameInFolder(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

export function lines(texts: readonly string[]): string {
  return `${texts.join("\n")}\n`;
}
