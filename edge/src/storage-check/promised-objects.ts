import type { StoredManifest } from "@reelway/shared/contracts/manifest";
import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { type PromisedPart, type PromisedResult, type PromisedSource, promisedParts } from "../store/promised-bytes.ts";

/** An object as a record says that it is in a region's bucket. */
export interface PromisedObject {
  readonly region: RegionId;
  readonly key: string;
  /** As people know it. */
  readonly name: string;
  readonly bytes: number;
  /** Null where none was noted. */
  readonly etag: string | null;
}

/** All objects that this source or result consists of. */
export async function promisedObjects(env: Env, record: PromisedSource | PromisedResult): Promise<PromisedObject[]> {
  if ("storageKey" in record) {
    const { region, storageKey, name, bytes, etag } = record;
    return [{ region, key: storageKey, name, bytes, etag }];
  }
  const parts = record.kind === "stream" ? await promisedParts(env, record.id) : [];
  return [...outputsOf(record.manifest, record.region), ...parts.flatMap(objectsOfPart)];
}

function objectsOfPart({ region, stored }: PromisedPart): PromisedObject[] {
  const segments = stored.segments.map(([name, bytes, etag]) => {
    return { region, key: `${stored.prefix}${name}`, name, bytes, etag };
  });
  return [...outputsOf(stored, region), ...segments];
}

function outputsOf(stored: Pick<StoredManifest, "prefix" | "outputs">, region: RegionId): PromisedObject[] {
  return stored.outputs.map(({ name, bytes, etag, prefix }) => {
    return { region, key: `${prefix ?? stored.prefix}${name}`, name, bytes, etag };
  });
}
