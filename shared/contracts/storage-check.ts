import { z } from "zod";
import { AssetId, JobId, TenantId } from "../ids.ts";
import { limits } from "../limits.ts";
import { RegionId } from "../regions.ts";
import { PageQuery, page } from "./page.ts";
import { Timestamp } from "./time.ts";

/** A source or a job whose bytes are not in its bucket as its records say. */
export const MissingBytes = z
  .object({
    tenantId: TenantId,
    region: RegionId,
    assetId: AssetId.nullable().meta({ description: "Of a source" }),
    jobId: JobId.nullable().meta({ description: "Of what a job made" }),
    missing: z.int().meta({ description: "Objects that are gone" }),
    changed: z.int().meta({ description: "Objects of another size or ETag" }),
    names: z.array(z.string()).max(limits.missingNames).meta({ description: "The first of them" }),
  })
  .meta({ id: "MissingBytes" });
export type MissingBytes = z.infer<typeof MissingBytes>;

/** `GET /api/v1/storage/missing`: sources first, then jobs, oldest first. `limit` counts those that are looked at. */
export const MissingBytesPage = page(MissingBytes).extend({
  objects: z.int().meta({ description: "Objects that were looked for" }),
});
export type MissingBytesPage = z.infer<typeof MissingBytesPage>;

/** Below it lies one source, or all that one run of a job made. It holds 128 random bits: for who runs the installation alone. */
export const StorageRoot = z
  .string()
  .regex(/^t\/ten_[0-9a-z]{26}\/[0-9a-f]{32}$/, "must be a storage root such as t/ten_…/0123…")
  .meta({ examples: ["t/ten_01m83rtg45xws2ea2nfzn4g2yp/0f2b6a1c9d3e4f5a8b7c6d5e4f3a2b1c"] });

/** A storage root in a bucket that no record knows. */
export const UnknownBytes = z
  .object({
    region: RegionId,
    root: StorageRoot,
    objects: z.int(),
    bytes: z.int(),
    more: z.boolean().meta({ description: "There are more objects than were counted" }),
    deletedAt: Timestamp.nullable().meta({ description: "When it is deleted, unless a record knows it by then" }),
  })
  .meta({ id: "UnknownBytes" });
export type UnknownBytes = z.infer<typeof UnknownBytes>;

export const UnknownBytesQuery = PageQuery.extend({ region: RegionId });
export type UnknownBytesQuery = z.infer<typeof UnknownBytesQuery>;

/** `POST /api/v1/storage/unknown/delete`. What a record knows, now or when it is due, is left alone. */
export const UnknownBytesDeletion = z.strictObject({
  region: RegionId,
  roots: z.array(StorageRoot).min(1).max(limits.pageSizeMax),
  afterDays: z.int().min(0).max(365).default(limits.unknownBytesDays).meta({ description: "It is due then" }),
});
export type UnknownBytesDeletion = z.input<typeof UnknownBytesDeletion>;

export const UnknownBytesDeleted = z
  .object({
    deletedAt: Timestamp.meta({ description: "Or earlier, where that was wanted before" }),
    roots: z.array(StorageRoot).meta({ description: "Those that will be deleted; the others are known" }),
  })
  .meta({ id: "UnknownBytesDeleted" });
export type UnknownBytesDeleted = z.infer<typeof UnknownBytesDeleted>;

/** `POST /api/v1/storage/unknown/keep`: what was to be deleted stays. */
export const UnknownBytesKept = UnknownBytesDeletion.omit({ afterDays: true });
export type UnknownBytesKept = z.infer<typeof UnknownBytesKept>;
