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
import { type Listed, objectsBelow } from "./objects-below.ts";
import { type PromisedObject, promisedObjects } from "./promised-objects.ts";

const lookedAtOnce = 6;
/** One call lists so many of them, and what it has begun: far from what an isolate may hold, and a request may ask. */
const objectsPerCall = 20_000;

/** How far a walk has come: sources by their ids, then results by their jobs'. */
export interface WalkPosition {
  readonly of: "sources" | "results";
  /** The last that was looked at; empty before the first. */
  readonly after: string;
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
 * at, or fewer where they have many objects.
 */
export async function findMissingBytes(
  env: Env,
  { of, after }: WalkPosition,
  limit: number,
): Promise<MissingBytesFound> {
  const records = await readRecords(env, of, { after, limit });
  const looks: Look[] = [];
  let objects = 0;
  while (looks.length < records.length && objects < objectsPerCall) {
    const next = records.slice(looks.length, looks.length + lookedAtOnce);
    looks.push(...(await Promise.all(next.map((record) => lookAt(env, of, record)))));
    objects = looks.reduce((sum, look) => sum + look.objects, 0);
  }
  const items = looks.flatMap(({ item }) => item ?? []);
  const last = records[looks.length - 1];
  if (last !== undefined && (looks.length < records.length || records.length === limit))
    return { items, objects, next: { of, after: last.id } };
  return { items, objects, next: of === "sources" ? { of: "results", after: "" } : null };
}

interface Look {
  readonly objects: number;
  /** Null where all is there. */
  readonly item: MissingBytes | null;
}

async function lookAt(env: Env, of: WalkPosition["of"], record: PromisedSource | PromisedResult): Promise<Look> {
  const { id, tenantId, region } = record;
  const objects = await promisedObjects(env, record);
  if ((await differences(env, objects)) === null) return { objects: objects.length, item: null };
  // It may have been deleted since its record was read.
  const [still] = await readRecords(env, of, { id });
  const differing = still === undefined ? null : await differences(env, await promisedObjects(env, still));
  const subject = of === "sources" ? { assetId: id, jobId: null } : { assetId: null, jobId: id };
  return { objects: objects.length, item: differing && { tenantId, region, ...subject, ...differing } };
}

function readRecords(
  env: Env,
  of: WalkPosition["of"],
  which: Which,
): Promise<PromisedSource[]> | Promise<PromisedResult[]> {
  return of === "sources" ? promisedSources(env, which) : promisedResults(env, which);
}

/** Null where there are none. */
async function differences(
  env: Env,
  promised: readonly PromisedObject[],
): Promise<Pick<MissingBytes, "missing" | "changed" | "names"> | null> {
  const there = await listAll(env, promised);
  const missing = promised.filter(({ key }) => !there.has(key));
  const changed = promised.filter(({ key, bytes, etag }) => {
    const object = there.get(key);
    return object !== undefined && (object.size !== bytes || (etag !== null && object.etag !== etag));
  });
  if (missing.length + changed.length === 0) return null;
  const names = [...missing, ...changed].slice(0, limits.missingNames).map(({ name }) => name);
  return { missing: missing.length, changed: changed.length, names };
}

/** What lies below the storage roots of these objects; no two regions have one in common. */
async function listAll(env: Env, promised: readonly PromisedObject[]): Promise<Map<string, Listed>> {
  const regionOfRoot = new Map(promised.map(({ region, key }) => [`${key.split("/").slice(0, 3).join("/")}/`, region]));
  const there = new Map<string, Listed>();
  for (const [root, region] of regionOfRoot)
    for (const [key, object] of await objectsBelow(bucketOf(env, region), root)) there.set(key, object);
  return there;
}
