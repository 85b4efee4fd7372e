import type { ListedRendition } from "./listed-report.ts";
import type { ListedTitle } from "./merge.ts";
import { ratesOf } from "./rendition.ts";

/** What was promised of a title before all of it is there, because playlists may not change their word later. */
export interface Growth {
  /** Bits per second that a rendition will not exceed, by its id. */
  readonly bandwidths: ReadonlyMap<string, number>;
  /** When the first segment could be had (RFC 3339): players of DASH count from there. */
  readonly availableSince: string;
}

/** Where the playlists of a rendition are had, as the multivariant playlist says it. */
export interface PlaylistAddresses {
  readonly media: (rendition: string) => string;
  /** Null where key frames are not told of. */
  readonly iFrames: ((rendition: string) => string) | null;
}

/** In the renditions' folders, as the media engine writes them; `base` goes before. */
export function addressesBelow(base: string): PlaylistAddresses {
  return { media: (id) => `${base}${id}/playlist.m3u8`, iFrames: (id) => `${base}${id}/iframes.m3u8` };
}

/** All that players are told of. */
export interface Presentation extends ListedTitle {
  /** In whole seconds; it must not change (RFC 8216 §4.3.3.1). */
  readonly targetSeconds: number;
  /** Null for what is whole. */
  readonly growth: Growth | null;
  /** Where a player begins, in seconds from the first segment; null: where players begin. */
  readonly startSeconds: number | null;
  readonly addresses: PlaylistAddresses;
}

/** Bits per second to announce. Of a title that grows, nobody knows the average yet. */
export interface Rates {
  readonly peak: number;
  readonly average: number | null;
}

export const noRates: Rates = { peak: 0, average: null };

/** The promised peak, or what has been seen where that is more. */
export function announcedRates(rendition: ListedRendition, growth: Growth | null): Rates {
  const { peak, average } = ratesOf(rendition);
  return growth === null ? { peak, average } : { peak: Math.max(promisedPeak(rendition, growth), peak), average: null };
}

function promisedPeak({ id }: ListedRendition, { bandwidths }: Growth): number {
  return bandwidths.get(id) ?? 0;
}

export function highestRates(a: Rates, b: Rates): Rates {
  const average = a.average === null && b.average === null ? null : Math.max(a.average ?? 0, b.average ?? 0);
  return { peak: Math.max(a.peak, b.peak), average };
}

/** Of tracks that are played together: the first one's average decides whether there is one. */
export function summedRates(first: Rates, ...others: readonly Rates[]): Rates {
  return others.reduce(
    (sum, { peak, average }) => ({
      peak: sum.peak + peak,
      average: sum.average === null ? null : sum.average + (average ?? 0),
    }),
    first,
  );
}
