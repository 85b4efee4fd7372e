import type { apiKeys, assetParts, assets, jobs, outbox, runners, storageSweeps, tenants } from "./schema.ts";

/** Rows as the store gives them. JSON columns passed their schema on the way in. */
export type TenantRow = typeof tenants.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type RunnerRow = typeof runners.$inferSelect;
export type AssetRow = typeof assets.$inferSelect;
export type AssetPartRow = typeof assetParts.$inferSelect;
export type JobRow = typeof jobs.$inferSelect;
export type OutboxRow = typeof outbox.$inferSelect;
export type StorageSweepRow = typeof storageSweeps.$inferSelect;

/** An asset that a job reads, and what for. */
export interface InputAsset {
  readonly role: "source" | "watermark" | "subtitles";
  readonly asset: AssetRow;
}
