import { encodeTime, ulid } from "ulidx";
import { z } from "zod";
import { RegionId } from "./regions.ts";

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
export const UserId = plain("usr");
export const InvitationId = plain("inv");
export const SessionId = plain("ses");
export const SignInLinkId = plain("lnk");
export const EventId = plain("evt");
export const WebhookEndpointId = plain("whk");
export const WebhookDeliveryId = plain("whd");
/** A tenant's own bucket, to read from or to deliver to. */
export const ConnectionId = plain("con");
export const BatchId = plain("bat");
export const RunnerId = regional("run");
export const AssetId = regional("ast");
export const JobId = regional("job");
/**
 * A task's id names the shard that owns it, so that whoever holds one finds its queue without asking; of a job with several
 * tasks, also which one it is.
 */
export const TaskId = z
  .string()
  .max(64)
  .regex(new RegExp(`^tsk_${ULID}_(${RegionId.options.join("|")})_[0-9]{1,3}(_[a-z0-9-]{1,20})?$`), "not a tsk_… id");

type PlainPrefix =
  | "ten"
  | "key"
  | "rtk"
  | "req"
  | "out"
  | "usr"
  | "inv"
  | "ses"
  | "lnk"
  | "evt"
  | "whk"
  | "whd"
  | "con"
  | "bat";
type RegionalPrefix = "run" | "ast" | "job";

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

/** The shard that owns a task. The id must have passed its schema. */
export function shardOfTask(taskId: string): ShardName {
  const [, , region, shard] = taskId.split("_");
  return `${RegionId.parse(region)}:${Number(shard)}`;
}

/**
 * The id of a job's first task in this shard, or of a further one by its part (`encode:12`). Fixed by these: however often
 * it is enqueued, it is the same task.
 */
export function taskIdOf(jobId: string, shard: ShardName, part?: string): string {
  const which = part === undefined ? "" : `_${part.replace(":", "-")}`;
  return TaskId.parse(`tsk_${jobId.split("_")[1]}_${shard.replace(":", "_")}${which}`);
}

/** 128 random bits for a storage key: what makes a key unguessable, and shown in no answer. */
export function randomKeySegment(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** Characters of a ULID that tell its time. */
const TIME_LENGTH = 10;

/** An id that is always the same for the same time and digest (at least 16 bytes), of which 80 bits go into it. */
export function stableId(prefix: PlainPrefix, at: number, digest: Uint8Array): string {
  const rest = Array.from(digest.subarray(0, 16), (byte) => ALPHABET[byte & 31]).join("");
  return `${prefix}_${encodeTime(at, TIME_LENGTH).toLowerCase()}${rest}`;
}

/** One lease, as logs and tables name it: the same task under another epoch is another lease. */
export function leaseKey({ taskId, epoch }: { readonly taskId: string; readonly epoch: number }): string {
  return `${taskId}:${epoch}`;
}
