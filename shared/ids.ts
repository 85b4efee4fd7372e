import { ulid } from "ulidx";
import { z } from "zod";
import { RegionId, regions } from "./regions.ts";

/**
 * Ids are `<prefix>_<ulid>` in lower case, so they sort by creation time; ids of things that live in a region end in
 * `_<region>`, so that a read can go straight to the right object. An id grants nothing.
 */
const ULID = "[0-9a-hjkmnp-tv-z]{26}";

const plain = (prefix: string) =>
  z
    .string()
    .max(64)
    .regex(new RegExp(`^${prefix}_${ULID}$`), `not a ${prefix}_… id`);
const regional = (prefix: string) =>
  z
    .string()
    .max(64)
    .regex(new RegExp(`^${prefix}_${ULID}_(${RegionId.options.join("|")})$`), `not a ${prefix}_… id`);

export const TenantId = plain("ten");
export const ApiKeyId = plain("key");
export const RegistrationTokenId = plain("rtk");
export const RunnerId = regional("run");
export const AssetId = regional("ast");
export const JobId = regional("job");
export const TaskId = regional("tsk");

type PlainPrefix = "ten" | "key" | "rtk" | "req" | "out";
type RegionalPrefix = "run" | "ast" | "job" | "tsk";

/** A new id for a thing that lives everywhere (a tenant, a key, a request). */
export function newId(prefix: PlainPrefix): string {
  return `${prefix}_${ulid().toLowerCase()}`;
}

/** A new id for a thing that lives in one region. */
export function newRegionalId(prefix: RegionalPrefix, region: RegionId): string {
  return `${prefix}_${ulid().toLowerCase()}_${region}`;
}

/** The region in a regional id. The id must have passed its schema. */
export function regionOf(id: string): RegionId {
  return RegionId.parse(id.slice(id.lastIndexOf("_") + 1));
}

/** The RegionQueue object of a job, task or runner: `<region>:<shard>`. */
export type ShardName = `${RegionId}:${number}`;

/** The shard that owns a job, for ever: a hash of its id over the region's shard count. */
export function shardOf(jobId: string): ShardName {
  const region = regionOf(jobId);
  let hash = 2_166_136_261;
  for (let i = 0; i < jobId.length; i++) hash = Math.imul(hash ^ jobId.charCodeAt(i), 16_777_619) >>> 0;
  return `${region}:${hash % regions[region].shardCount}`;
}

export function shardsOf(region: RegionId): ShardName[] {
  return Array.from({ length: regions[region].shardCount }, (_, shard): ShardName => `${region}:${shard}`);
}

/** 128 random bits for a storage key: what makes a key unguessable, and shown in no answer. */
export function randomKeySegment(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
