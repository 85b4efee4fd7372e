import { StorageRoot, type UnknownBytes } from "@reelway/shared/contracts/storage-check";
import type { RegionId } from "@reelway/shared/regions";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { bucketOf, type Env } from "../env.ts";
import { scheduleRootSweeps, unknownRoots } from "../store/unknown-roots.ts";
import { foldersBelow } from "./objects-below.ts";

const allTenants = "t/";

export interface UnknownBytesFound {
  readonly items: UnknownBytes[];
  /** The folder that the next page begins behind: a storage root or a whole tenant. Null behind the last. */
  readonly next: string | null;
}

/** Storage roots of the bucket that no record knows, of one tenant at a time; at most `limit`. Often none, and yet not the end. */
export async function findUnknownBytes(
  env: Env,
  region: RegionId,
  after: string | undefined,
  limit: number,
): Promise<UnknownBytesFound> {
  const bucket = bucketOf(env, region);
  const within = after === undefined || isTenant(after) ? undefined : after;
  const tenant = within === undefined ? await tenantBehind(bucket, after) : tenantOf(within);
  if (tenant === undefined) return { items: [], next: null };
  // What is in the bucket is listed before the records are asked, which are always there first.
  const { prefixes, more } = await foldersBelow(bucket, tenant, within);
  const roots = prefixes.map((prefix) => prefix.slice(0, -1)).filter((root) => StorageRoot.safeParse(root).success);
  const unknown = await unknownRoots(env, tenant.slice(allTenants.length, -1), roots);
  const shown = unknown.slice(0, limit);
  const items = await Promise.all(shown.map((root) => measure(bucket, region, root)));
  const lastShown = shown.at(-1);
  if (lastShown !== undefined && shown.length < unknown.length) return { items, next: `${lastShown}/` };
  return { items, next: (more ? prefixes.at(-1) : tenant) ?? null };
}

export interface UnknownBytesDeleting {
  readonly region: RegionId;
  readonly roots: readonly string[];
  /** Where something was written after this time, it may be known in a moment. */
  readonly writtenUntil: number;
  readonly auditWith: (roots: readonly string[]) => AuditEntry;
  readonly now: number;
}

/** Has the next sweeps delete those of these roots that no record knows and that are old enough; which those are. */
export async function deleteUnknownBytes(
  env: Env,
  { region, roots, writtenUntil, auditWith, now }: UnknownBytesDeleting,
): Promise<string[]> {
  const byTenant = Map.groupBy(new Set(roots), (root) => root.split("/")[1] ?? "");
  const unknown = await Promise.all([...byTenant].map(([tenantId, own]) => unknownRoots(env, tenantId, own)));
  const measured = await Promise.all(unknown.flat().map((root) => measure(bucketOf(env, region), region, root)));
  const deleted = measured.filter(({ uploadedAt }) => uploadedAt <= writtenUntil).map(({ root }) => root);
  if (deleted.length > 0) await scheduleRootSweeps(env, { region, roots: deleted, audit: auditWith(deleted), now });
  return deleted;
}

async function measure(bucket: R2Bucket, region: RegionId, root: string): Promise<UnknownBytes> {
  const { objects, truncated } = await bucket.list({ prefix: `${root}/` });
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  const uploadedAt = objects.reduce((latest, { uploaded }) => Math.max(latest, uploaded.getTime()), 0);
  return { region, root, objects: objects.length, bytes, more: truncated, uploadedAt };
}

async function tenantBehind(bucket: R2Bucket, after: string | undefined): Promise<string | undefined> {
  return (await foldersBelow(bucket, allTenants, after)).prefixes[0];
}

/** `t/<tenant>/`, and not a root of it. */
function isTenant(folder: string): boolean {
  return folder.split("/").length === 3;
}

function tenantOf(folder: string): string {
  return `${folder.split("/").slice(0, 2).join("/")}/`;
}
