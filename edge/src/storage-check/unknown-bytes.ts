import { StorageRoot, type UnknownBytes } from "@reelway/shared/contracts/storage-check";
import type { RegionId } from "@reelway/shared/regions";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { bucketOf, type Env } from "../env.ts";
import { deletionsOf, rootsWithoutRecord, scheduleDeletion } from "../store/unknown-roots.ts";
import { inTurns } from "./in-turns.ts";
import { foldersBelow } from "./objects-below.ts";

const allTenants = "t/";
const isTenant = (folder: string) => /^t\/ten_[0-9a-z]{26}\/$/.test(folder);
const isRoot = (folder: string) => StorageRoot.safeParse(folder.slice(0, -1)).success;
/** A tenant's records are read once for so many roots. */
const rootsAtOnce = 10_000;
/** One call goes through so many tenants, where they have nothing unknown. */
const tenantsPerCall = 20;

export interface UnknownBytesFound {
  readonly items: UnknownBytes[];
  /** The folder that the next page begins behind: a storage root or a whole tenant. Null behind the last. */
  readonly next: string | null;
}

/** Storage roots of the bucket that no record knows, at most `limit`. Sometimes none, and yet not the end. */
export async function findUnknownBytes(
  env: Env,
  region: RegionId,
  after: string | undefined,
  limit: number,
): Promise<UnknownBytesFound> {
  const bucket = bucketOf(env, region);
  const items: UnknownBytes[] = [];
  let behind = after;
  for (let tenants = 0; tenants < tenantsPerCall && items.length < limit; tenants++) {
    const within = behind !== undefined && isRoot(behind) ? behind : undefined;
    const tenant = within === undefined ? await tenantBehind(bucket, behind) : tenantOf(within);
    if (tenant === undefined) return { items, next: null };
    // What is in the bucket is listed before the records are asked, which are always there first.
    const { folders, more } = await foldersBelow(bucket, tenant, { isOurs: isRoot, after: within, least: rootsAtOnce });
    const roots = folders.map((folder) => folder.slice(0, -1));
    const unknown = await rootsWithoutRecord(env, tenant.slice(allTenants.length, -1), roots);
    const shown = unknown.slice(0, limit - items.length);
    items.push(...(await measure(env, region, shown)));
    const isCut = shown.length < unknown.length;
    behind = isCut ? `${shown.at(-1)}/` : ((more ? folders.at(-1) : undefined) ?? tenant);
  }
  return { items, next: behind ?? null };
}

export interface DeletionOfUnknown {
  readonly region: RegionId;
  readonly roots: readonly string[];
  readonly dueAt: number;
  readonly auditWith: (roots: readonly string[]) => AuditEntry;
}

/** Has those of these roots deleted, when they are due, that no record knows; which those are. */
export async function deleteUnknownBytes(
  env: Env,
  { region, roots, dueAt, auditWith }: DeletionOfUnknown,
): Promise<string[]> {
  const unknown = await withoutRecord(env, [...new Set(roots)]);
  if (unknown.length > 0) await scheduleDeletion(env, { region, roots: unknown, dueAt, audit: auditWith(unknown) });
  return unknown;
}

/** Those of any tenants' roots that no record names. */
export async function withoutRecord(env: Env, roots: readonly string[]): Promise<string[]> {
  const unknown: string[] = [];
  for (const [tenantId, own] of Map.groupBy(roots, (root) => root.split("/")[1] ?? ""))
    unknown.push(...(await rootsWithoutRecord(env, tenantId, own)));
  return unknown;
}

async function measure(env: Env, region: RegionId, roots: readonly string[]): Promise<UnknownBytes[]> {
  if (roots.length === 0) return [];
  const deletions = await deletionsOf(env, region, roots);
  return inTurns(roots, async (root) => {
    const { objects, truncated: more } = await bucketOf(env, region).list({ prefix: `${root}/` });
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    return { region, root, objects: objects.length, bytes, more, deletedAt: deletions.get(root) ?? null };
  });
}

async function tenantBehind(bucket: R2Bucket, after: string | undefined): Promise<string | undefined> {
  return (await foldersBelow(bucket, allTenants, { isOurs: isTenant, after, least: 1 })).folders[0];
}

function tenantOf(folder: string): string {
  return `${folder.split("/").slice(0, 2).join("/")}/`;
}
