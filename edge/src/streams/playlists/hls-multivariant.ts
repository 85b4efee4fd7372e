import { longestOf, measuredRates, type Span } from "./bit-rates.ts";
import { decimals } from "./decimals.ts";
import { lines } from "./hls-media.ts";
import { languageTag } from "./language-tag.ts";
import type { ListedRendition } from "./listed-report.ts";
import { announcedRates, highestRates, noRates, type Presentation, type Rates, summedRates } from "./presentation.ts";
import { channelsOf, iFramesOf, isIndependent, isVideo, ratesOf, sampleRateOf, videoRangeOf } from "./rendition.ts";

const subtitlesGroup = "subtitles";

/** The multivariant playlist of HLS (RFC 8216 §4.3.4), as the media engine writes it. */
export function multivariantPlaylist(presentation: Presentation): string {
  const { renditions } = presentation;
  const groups = audioGroups(presentation);
  const videos = renditions.filter(isVideo);
  const variants = (groups.length > 0 ? groups : [null]).flatMap((group) => [
    ...videos.map((video) => variant(video, group, presentation)),
    ...(videos.length === 0 && group ? [audioVariant(group, presentation)] : []),
  ]);
  return lines([
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    ...(renditions.every(isIndependent) ? ["#EXT-X-INDEPENDENT-SEGMENTS"] : []),
    ...groups.flatMap((group) => audioMembers(group, presentation)),
    ...subtitleMembers(presentation),
    ...variants.flat(),
    ...videos.flatMap((video) => iFrameVariant(video, presentation)),
  ]);
}

/** Sounds of one codec and channel count, which a player may switch among by language. */
interface AudioGroup {
  readonly id: string;
  readonly codecs: string;
  readonly members: readonly ListedRendition[];
  readonly rates: Rates;
}

function audioGroups({ renditions, growth }: Presentation): AudioGroup[] {
  const sounds = renditions.filter((rendition) => !isVideo(rendition));
  const groups = Map.groupBy(sounds, (sound) => `${sound.family}-${channelsOf(sound)}`);
  return [...groups].map(([id, members]) => ({
    id,
    members,
    codecs: [...new Set(members.map(({ codecs }) => codecs))].join(","),
    rates: members.map((member) => announcedRates(member, growth)).reduce(highestRates),
  }));
}

function audioMembers({ id, members }: AudioGroup, { addresses }: Presentation): string[] {
  const names: string[] = [];
  return members.map((member, index) => {
    const tag = languageTag(member.language);
    const wanted = tag ?? "main";
    const same = names.filter((known) => known === wanted || known.startsWith(`${wanted} `)).length;
    const name = same > 0 ? `${wanted} ${same + 1}` : wanted;
    names.push(name);
    const attributes = [
      `TYPE=AUDIO,GROUP-ID="${id}",NAME="${name}"`,
      ...(tag === null ? [] : [`LANGUAGE="${tag}"`]),
      `DEFAULT=${yesNo(index === 0)},AUTOSELECT=YES,CHANNELS="${channelsOf(member)}"`,
      `URI="${addresses.media(member.id)}"`,
    ];
    return `#EXT-X-MEDIA:${attributes.join(",")}`;
  });
}

function subtitleMembers({ subtitles, addresses }: Presentation): string[] {
  const names = new Set<string>();
  return subtitles.map((text) => {
    const { label } = text;
    const tag = label.language === undefined ? null : languageTag(label.language);
    const name = unusedName(names, label.name ?? tag ?? "subtitles");
    names.add(name);
    // A player that chooses by the viewer's language needs to be told one.
    const auto = label.default || tag !== null;
    const attributes = [
      `TYPE=SUBTITLES,GROUP-ID="${subtitlesGroup}",NAME="${name}"`,
      ...(tag === null ? [] : [`LANGUAGE="${tag}"`]),
      `DEFAULT=${yesNo(label.default)},AUTOSELECT=${yesNo(auto)},FORCED=${yesNo(label.forced)}`,
      `URI="${addresses.media(text.id)}"`,
    ];
    return `#EXT-X-MEDIA:${attributes.join(",")}`;
  });
}

function unusedName(names: ReadonlySet<string>, wanted: string): string {
  let name = wanted;
  for (let number = 2; names.has(name); number++) name = `${wanted} ${number}`;
  return name;
}

function variant(video: ListedRendition, group: AudioGroup | null, presentation: Presentation): string[] {
  const sound = group?.rates ?? noRates;
  const rates = summedRates(announcedRates(video, presentation.growth), sound, subtitleRates(presentation));
  const attributes = [
    ...rateAttributes(rates),
    `CODECS="${[video.codecs, ...(group ? [group.codecs] : [])].join(",")}"`,
    ...pictureAttributes(video),
    `FRAME-RATE=${decimals(sampleRateOf(video), 3)}`,
    ...(group ? [`AUDIO="${group.id}"`] : []),
    ...subtitlesReference(presentation),
    "CLOSED-CAPTIONS=NONE",
  ];
  return [`#EXT-X-STREAM-INF:${attributes.join(",")}`, presentation.addresses.media(video.id)];
}

function audioVariant(group: AudioGroup, presentation: Presentation): string[] {
  const [first] = group.members;
  if (!first) return [];
  const attributes = [
    ...rateAttributes(summedRates(group.rates, subtitleRates(presentation))),
    `CODECS="${group.codecs}",AUDIO="${group.id}"`,
    ...subtitlesReference(presentation),
  ];
  return [`#EXT-X-STREAM-INF:${attributes.join(",")}`, presentation.addresses.media(first.id)];
}

function iFrameVariant(video: ListedRendition, { growth, addresses }: Presentation): string[] {
  const frames = iFramesOf(video).map(({ seconds, bytes }): Span => [seconds, bytes]);
  if (frames.length === 0 || addresses.iFrames === null) return [];
  const { peak, average } = measuredRates(frames, Math.ceil(longestOf(frames)));
  const attributes = [
    ...rateAttributes({ peak, average: growth ? null : average }),
    `CODECS="${video.codecs}"`,
    ...pictureAttributes(video),
    `URI="${addresses.iFrames(video.id)}"`,
  ];
  return [`#EXT-X-I-FRAME-STREAM-INF:${attributes.join(",")}`];
}

function rateAttributes({ peak, average }: Rates): string[] {
  return [`BANDWIDTH=${peak}`, ...(average === null ? [] : [`AVERAGE-BANDWIDTH=${average}`])];
}

function pictureAttributes(video: ListedRendition): string[] {
  if (!("video" in video.kind)) return [];
  const [width, height] = video.kind.video.shown;
  return [
    ...(video.supplementalCodecs === undefined ? [] : [`SUPPLEMENTAL-CODECS="${video.supplementalCodecs}"`]),
    `RESOLUTION=${width}x${height}`,
    `VIDEO-RANGE=${videoRangeOf(video)}`,
  ];
}

function subtitlesReference({ subtitles }: Presentation): string[] {
  return subtitles.length > 0 ? [`SUBTITLES="${subtitlesGroup}"`] : [];
}

/** What the one that is shown adds. */
function subtitleRates({ subtitles, growth }: Presentation): Rates {
  const rates = subtitles.map((text): Rates => {
    const { peak, average } = ratesOf(text);
    return { peak, average: growth ? null : average };
  });
  return rates.reduce(highestRates, noRates);
}

function yesNo(yes: boolean): "YES" | "NO" {
  return yes ? "YES" : "NO";
}
