import { initFile } from "@reelway/shared/streams/rendition-files";
import { longestOf } from "./bit-rates.ts";
import { decimals } from "./decimals.ts";
import { languageTag } from "./language-tag.ts";
import type { ListedRendition, ListedText } from "./listed-report.ts";
import { announcedRates, type Growth, type Presentation } from "./presentation.ts";
import { channelsOf, isIndependent, isVideo, ratesOf, sampleRateOf, spansOf, videoRangeOf } from "./rendition.ts";

/** Seconds after which players ask again. */
const updateSeconds = 2;
const mainRole = '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>';

/** The DASH manifest (ISO/IEC 23009-1) of a title that grows, as the media engine writes it: one dynamic period. */
export function dashManifest(presentation: Presentation & { readonly growth: Growth }): string {
  const { renditions, subtitles, growth, targetSeconds } = presentation;
  const longest = Math.max(targetSeconds, longestOf(renditions.flatMap(spansOf)));
  const sets = adaptationSets(renditions);
  const length = `PT${decimals(longest, 6)}S`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" ' +
      'profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" ' +
      `type="dynamic" availabilityStartTime="${growth.availableSince}" minimumUpdatePeriod="PT${updateSeconds}S" ` +
      `maxSegmentDuration="${length}" minBufferTime="${length}">`,
    '  <Period id="0" start="PT0S">',
    ...sets.flatMap((set, id) => adaptationSet(id, set, growth)),
    ...subtitles.flatMap((text, index) => textSet(sets.length + index, text)),
    "  </Period>",
    "</MPD>",
    "",
  ].join("\n");
}

/** What a player may switch between: pictures of one codec family and range. Every sound is a choice of its own. */
function adaptationSets(renditions: readonly ListedRendition[]): ListedRendition[][] {
  const key = (one: ListedRendition) => (isVideo(one) ? `${one.family} ${videoRangeOf(one)}` : one.id);
  return [...Map.groupBy(renditions, key).values()];
}

function adaptationSet(id: number, set: readonly ListedRendition[], growth: Growth): string[] {
  const [first] = set;
  if (!first) return [];
  const kind = isVideo(first) ? "video" : "audio";
  const startsWith = set.every(isIndependent) ? 1 : 3;
  const tag = isVideo(first) ? null : languageTag(first.language);
  const language = tag === null ? "" : ` lang="${tag}"`;
  return [
    `    <AdaptationSet id="${id}" contentType="${kind}" mimeType="${kind}/mp4" segmentAlignment="true" startWithSAP="${startsWith}"${language}>`,
    ...colourOf(first),
    `      ${mainRole}`,
    ...set.flatMap((rendition) => representation(rendition, growth)),
    "    </AdaptationSet>",
  ];
}

/** Colour that a player must understand to show the pictures right (ISO/IEC 23091-2). */
function colourOf(rendition: ListedRendition): string[] {
  if (!("video" in rendition.kind) || videoRangeOf(rendition) === "SDR") return [];
  const { colour } = rendition.kind.video;
  if (colour === null) return [];
  const values = [
    ["ColourPrimaries", colour.primaries],
    ["TransferCharacteristics", colour.transfer],
    ["MatrixCoefficients", colour.matrix],
  ] as const;
  return values.map(
    ([name, value]) => `      <EssentialProperty schemeIdUri="urn:mpeg:mpegB:cicp:${name}" value="${value}"/>`,
  );
}

function representation(rendition: ListedRendition, growth: Growth): string[] {
  const { id, kind, codecs } = rendition;
  const { peak } = announcedRates(rendition, growth);
  const opening = `      <Representation id="${id}" bandwidth="${peak}" codecs="${codecs}"`;
  return [
    ...("video" in kind
      ? [`${opening}${pictureAttributes(rendition, kind.video)}>`]
      : [`${opening} audioSamplingRate="${kind.audio.sampleRate}">`, channelConfiguration(rendition)]),
    ...timeline(rendition),
    "      </Representation>",
  ];
}

function pictureAttributes(
  rendition: ListedRendition,
  {
    coded: [width, height],
    pixelAspect: [horizontal, vertical],
  }: { coded: [number, number]; pixelAspect: [number, number] },
): string {
  return ` width="${width}" height="${height}" frameRate="${frameRate(rendition)}" sar="${horizontal}:${vertical}"`;
}

function channelConfiguration(rendition: ListedRendition): string {
  const scheme = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011";
  return `        <AudioChannelConfiguration schemeIdUri="${scheme}" value="${channelsOf(rendition)}"/>`;
}

/** Whole pictures a second, or a fraction; thousandths where the distances differ. */
function frameRate(rendition: ListedRendition): string {
  const [shortest, longest] = rendition.distances;
  if (shortest !== longest || shortest === 0) return `${Math.max(1, Math.round(sampleRateOf(rendition) * 1_000))}/1000`;
  const divisor = greatestCommonDivisor(rendition.timescale, shortest);
  const [pictures, seconds] = [rendition.timescale / divisor, shortest / divisor];
  return seconds === 1 ? String(pictures) : `${pictures}/${seconds}`;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function timeline({ id, timescale, segments }: ListedRendition): string[] {
  const first = segments[0]?.number ?? 1;
  return [
    `        <SegmentTemplate timescale="${timescale}" startNumber="${first}" initialization="${initFile(id)}" media="${id}/seg-$Number%05d$.m4s">`,
    "          <SegmentTimeline>",
    ...runs(segments).map(({ start, duration, count, follows }) => {
      const time = follows ? "" : ` t="${start}"`;
      const repeat = count > 1 ? ` r="${count - 1}"` : "";
      return `            <S${time} d="${duration}"${repeat}/>`;
    }),
    "          </SegmentTimeline>",
    "        </SegmentTemplate>",
  ];
}

/** Segments of one length that follow one another. */
interface Run {
  readonly start: number;
  readonly duration: number;
  count: number;
  /** It begins where the run before ends. */
  readonly follows: boolean;
}

function runs(segments: ListedRendition["segments"]): Run[] {
  const found: Run[] = [];
  for (const { start, duration } of segments) {
    const last = found.at(-1);
    const end = last === undefined ? null : last.start + last.duration * last.count;
    if (last?.duration === duration && end === start) last.count += 1;
    else found.push({ start, duration, count: 1, follows: end === start });
  }
  return found;
}

/** Subtitles in segments: players ask for a whole file only where they know how long it is. */
function textSet(id: number, text: ListedText): string[] {
  const { id: folder, label, timescale, segments } = text;
  const tag = label.language === undefined ? null : languageTag(label.language);
  const roles = [label.forced ? "forced-subtitle" : "subtitle", ...(label.default ? ["main"] : [])];
  const { peak } = ratesOf(text);
  return [
    `    <AdaptationSet id="${id}" contentType="text" mimeType="text/vtt"${tag === null ? "" : ` lang="${tag}"`}>`,
    ...(label.name === undefined ? [] : [`      <Label>${escaped(label.name)}</Label>`]),
    ...roles.map((role) => `      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="${role}"/>`),
    `      <Representation id="${folder}" bandwidth="${Math.max(1, peak)}">`,
    `        <SegmentTemplate timescale="${timescale}" startNumber="1" media="${folder}/seg-$Number%05d$.vtt">`,
    "          <SegmentTimeline>",
    ...segments.map(({ start, duration }) => `            <S t="${start}" d="${duration}"/>`),
    "          </SegmentTimeline>",
    "        </SegmentTemplate>",
    "      </Representation>",
    "    </AdaptationSet>",
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
