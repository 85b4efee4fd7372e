import type { MissingBytes } from "@reelway/shared/contracts/storage-check";
import { limits } from "@reelway/shared/limits";
import { bucketOf, type Env } from "../env.ts";
import {
  type PromisedResult,
  type PromisedSource,
  promisedResults,
  promisedSources,
  type Which,
} from "../store/promised-bytes.ts";
import { inTurns } from "./in-turns.ts";
import { pagesBelow } from "./objects-below.ts";
import { type PromisedObject, type PromisedPlace, promisedObjects } from "./promised-objects.ts";

/** One call looks into so many places, and those of what it has begun: far from what a request may ask for at Cloudflare. */
const placesPerCall = 100;

/** How far a walk has come: sources by their ids, then results by their jobs'. */
export interface WalkPosition {
  readonly of: "sources" | "results";
  /** The last that was looked at; empty before the first. */
  readonly after: string;
  /** The stream that was begun, and the last of its parts that was looked at; null where none was. */
  readonly begun: { readonly id: string; readonly part: string } | null;
}

export interface MissingBytesFound {
  readonly items: MissingBytes[];
  /** Objects that were looked for. */
  readonly objects: number;
  /** Null behind the last. */
  readonly next: WalkPosition | null;
}

/**
 * The sources or results from here on whose objects are not in their bucket as the records say: of `limit` that are looked
 * at, or fewer where they lie in many places. A stream of very many parts is looked at in several goes, and may come in each.
 */
export async function findMissingBytes(
  env: Env,
  { of, after, begun }: WalkPosition,
  limit: number,
): Promise<MissingBytesFound> {
  const records = await readRecords(env, of, { after, limit });
  const items: MissingBytes[] = [];
  let [objects, places, behind] = [0, 0, after];
  for (const [index, record] of records.entries()) {
    // Another may stand in its place by now.
    const look = await lookAt(env, of, record, begun?.id === record.id ? begun.part : null);
    if (look.item !== null) items.push(look.item);
    objects += look.objects;
    places += look.places;
    if (look.nextPart !== null)
      return { items, objects, next: { of, after: behind, begun: { id: record.id, part: look.nextPart } } };
    behind = record.id;
    if (places >= placesPerCall && index < records.length - 1)
      return { items, objects, next: { of, after: behind, begun: null } };
  }
  if (records.length === limit) return { items, objects, next: { of, after: behind, begun: null } };
  return { items, objects, next: of === "sources" ? { of: "results", after: "", begun: null } : null };
}

interface Look {
  readonly objects: number;
  readonly places: number;
  readonly nextPart: string | null;
  /** Null where all is there. */
  readonly item: MissingBytes | null;
}

async function lookAt(
  env: Env,
  of: WalkPosition["of"],
  record: PromisedSource | PromisedResult,
  afterPart: string | null,
): Promise<Look> {
  const { id, tenantId, region } = record;
  const { places, nextPart } = await promisedObjects(env, record, afterPart);
  const seen = {
    objects: places.reduce((sum, place) => sum + place.objects.size, 0),
    ...{ places: places.length, nextPart },
  };
  if ((await differences(env, places)) === null) return { ...seen, item: null };
  // It may have been deleted since its record was read.
  const [still] = await readRecords(env, of, { id });
  const now = still === undefined ? [] : (await promisedObjects(env, still, afterPart)).places;
  const differing = await differences(env, now);
  const subject = of === "sources" ? { assetId: id, jobId: null } : { assetId: null, jobId: id };
  return { ...seen, item: differing && { tenantId, region, ...subject, ...differing } };
}

function readRecords(
  env: Env,
  of: WalkPosition["of"],
  which: Which,
): Promise<PromisedSource[]> | Promise<PromisedResult[]> {
  return of === "sources" ? promisedSources(env, which) : promisedResults(env, which);
}

type Differences = Pick<MissingBytes, "missing" | "changed" | "names">;

/** Null where there are none. */
async function differences(env: Env, places: readonly PromisedPlace[]): Promise<Differences | null> {
  const found = await inTurns(places, (place) => lookInto(env, place));
  const missing = found.flatMap((one) => one.missing);
  const changed = found.flatMap((one) => one.changed);
  if (missing.length + changed.length === 0) return null;
  const names = [...missing, ...changed].slice(0, limits.missingNames).map(({ name }) => name);
  return { missing: missing.length, changed: changed.length, names };
}

async function lookInto(
  env: Env,
  { region, prefix, objects }: PromisedPlace,
): Promise<{ missing: PromisedObject[]; changed: PromisedObject[] }> {
  const missing = new Map(objects);
  const changed: PromisedObject[] = [];
  for await (const page of pagesBelow(bucketOf(env, region), prefix)) {
    for (const { key, size, etag } of page) {
      const promised = missing.get(key);
      if (promised === undefined) continue;
      missing.delete(key);
      if (size !== promised.bytes || (promised.etag !== null && etag !== promised.etag)) changed.push(promised);
    }
  }
  return { missing: [...missing.values()], changed };
}
