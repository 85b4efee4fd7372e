import type { StoredManifest, StoredSegment } from "@reelway/shared/contracts/manifest";
import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { type PromisedResult, type PromisedSource, promisedParts } from "../store/promised-bytes.ts";

/** A film has a part for each chunk and more: so many are looked at in one go. */
const partsAtOnce = 100;

/** An object as a record says that it is in the bucket. */
export interface PromisedObject {
  /** As people know it. */
  readonly name: string;
  readonly bytes: number;
  /** Null where none was noted. */
  readonly etag: string | null;
}

/** What lies below one prefix, and nothing else that is promised. */
export interface PromisedPlace {
  readonly region: RegionId;
  readonly prefix: string;
  readonly objects: ReadonlyMap<string, PromisedObject>;
}

/** A source, a result, or of a stream some of its parts. */
export interface Promised {
  readonly places: readonly PromisedPlace[];
  /** The part behind which a stream goes on; null where this is all. */
  readonly nextPart: string | null;
}

/** The objects that this source or result consists of; of a stream those of its parts behind `afterPart`. */
export async function promisedObjects(
  env: Env,
  record: PromisedSource | PromisedResult,
  afterPart: string | null,
): Promise<Promised> {
  if ("storageKey" in record) {
    const { region, storageKey, name, bytes, etag } = record;
    return {
      places: [{ region, prefix: storageKey, objects: new Map([[storageKey, { name, bytes, etag }]]) }],
      nextPart: null,
    };
  }
  const { kind, region: at, manifest } = record;
  // What other tasks of a stream made has prefixes of their own, and is among its parts.
  const isOwn = ({ prefix }: { prefix?: string | undefined }) =>
    kind !== "stream" || (prefix ?? manifest.prefix) === manifest.prefix;
  const own = afterPart === null ? placesOf(at, { ...manifest, outputs: manifest.outputs.filter(isOwn) }) : [];
  if (kind !== "stream") return { places: own, nextPart: null };
  const parts = await promisedParts(env, record.id, afterPart ?? "", partsAtOnce);
  const ofParts = parts.flatMap((part) => placesOf(part.region, part));
  return { places: [...own, ...ofParts], nextPart: parts.length === partsAtOnce ? (parts.at(-1)?.part ?? null) : null };
}

interface Stored extends Pick<StoredManifest, "prefix" | "outputs"> {
  readonly segments?: readonly StoredSegment[];
}

function placesOf(region: RegionId, { prefix, outputs, segments = [] }: Stored): PromisedPlace[] {
  const objects = [
    ...outputs.map(({ prefix: own = prefix, name, bytes, etag }) => ({ prefix: own, name, bytes, etag })),
    ...segments.map(([name, bytes, etag]) => ({ prefix, name, bytes, etag })),
  ];
  return [...Map.groupBy(objects, (object) => object.prefix)].map(([below, own]) => {
    return {
      region,
      prefix: below,
      objects: new Map(own.map(({ name, bytes, etag }) => [`${below}${name}`, { name, bytes, etag }])),
    };
  });
}
