import { z } from "zod";

/** The regions that Reelway ships with. Each has a bucket, a Queue with its dead-letter queue, and RegionQueue shards. */
export const RegionId = z
  .enum(["enam", "weur", "apac"])
  .meta({ description: "Where the bytes live and the work is done" });
export type RegionId = z.infer<typeof RegionId>;

export interface Region {
  readonly id: RegionId;
  readonly name: string;
  /** Durable Object and R2 location hint: best effort, not residency. */
  readonly hint: "enam" | "weur" | "apac";
  /** Guaranteed residency, chosen when the bucket, queue and objects are created. */
  readonly jurisdiction?: "eu" | "fedramp";
  /** Degrees; the place that distance is measured to. */
  readonly latitude: number;
  readonly longitude: number;
  /** Continents (ISO codes, as in `request.cf.continent`) served when coordinates are unknown. */
  readonly continents: readonly string[];
  /** Countries (ISO 3166-1) that are nearer to here than to the region of their continent. */
  readonly countries: readonly string[];
}

/** Western and central Asia lies nearer to Frankfurt than to Tokyo. */
const westernAsia = "AE AF AM AZ BH CY GE IL IQ IR JO KG KW KZ LB OM PK PS QA SA SY TJ TM TR UZ YE".split(" ");

export const regions: Readonly<Record<RegionId, Region>> = {
  enam: {
    id: "enam",
    name: "North America, East",
    hint: "enam",
    latitude: 39.0,
    longitude: -77.5,
    continents: ["NA", "SA"],
    countries: [],
  },
  weur: {
    id: "weur",
    name: "Western Europe",
    hint: "weur",
    latitude: 50.1,
    longitude: 8.7,
    continents: ["EU", "AF"],
    countries: westernAsia,
  },
  apac: {
    id: "apac",
    name: "Asia-Pacific",
    hint: "apac",
    latitude: 35.7,
    longitude: 139.7,
    continents: ["AS", "OC", "AN"],
    countries: [],
  },
};

export const regionIds = Object.keys(regions) as RegionId[];
/** Where a request goes whose place is unknown (no `request.cf`, Tor). */
export const defaultRegion: RegionId = "enam";

/** What is known of where a request came from: the part of Cloudflare's `request.cf` that routing reads. */
export interface Place {
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly country?: string | undefined;
  readonly continent?: string | undefined;
}

/**
 * All regions, nearest first, by great-circle distance. Where only country or continent are known, counted from the region
 * that serves them; where nothing is known, from the default.
 */
export function regionsByDistance(place: Place): RegionId[] {
  const { latitude, longitude } = coordinatesOf(place) ?? regions[regionServing(place)];
  const distance = (id: RegionId) => haversine(latitude, longitude, regions[id]);
  return [...regionIds].sort((a, b) => distance(a) - distance(b));
}

function coordinatesOf({ latitude, longitude }: Place): { latitude: number; longitude: number } | undefined {
  if (latitude === undefined || longitude === undefined) return undefined;
  return Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude } : undefined;
}

function regionServing({ country, continent }: Place): RegionId {
  const serves = (list: readonly string[], code: string | undefined) => code !== undefined && list.includes(code);
  return (
    regionIds.find((id) => serves(regions[id].countries, country)) ??
    regionIds.find((id) => serves(regions[id].continents, continent)) ??
    defaultRegion
  );
}

/** Great-circle distance on the unit sphere, radians. */
function haversine(latitude: number, longitude: number, to: Region): number {
  const radians = Math.PI / 180;
  const dLatitude = (to.latitude - latitude) * radians;
  const dLongitude = (to.longitude - longitude) * radians;
  const a =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(latitude * radians) * Math.cos(to.latitude * radians) * Math.sin(dLongitude / 2) ** 2;
  return 2 * Math.asin(Math.sqrt(a));
}
