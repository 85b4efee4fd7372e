import type {
  apiKeys,
  assetParts,
  assets,
  auditLog,
  batches,
  connections,
  events,
  invitations,
  jobParts,
  jobs,
  outbox,
  regionStates,
  runners,
  sessions,
  signInLinks,
  signingKeys,
  storageSweeps,
  tenants,
  usageDays,
  users,
  webhookDeliveries,
  webhookEndpoints,
} from "./schema.ts";

/** Rows as the store gives them. JSON columns passed their schema on the way in. */
export type TenantRow = typeof tenants.$inferSelect;
export type UserRow = typeof users.$inferSelect;
export type InvitationRow = typeof invitations.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type SignInLinkRow = typeof signInLinks.$inferSelect;
export type SigningKeyRow = typeof signingKeys.$inferSelect;
export type AuditRow = typeof auditLog.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type RunnerRow = typeof runners.$inferSelect;
export type AssetRow = typeof assets.$inferSelect;
export type AssetPartRow = typeof assetParts.$inferSelect;
export type JobRow = typeof jobs.$inferSelect;
export type JobPartRow = typeof jobParts.$inferSelect;
export type OutboxRow = typeof outbox.$inferSelect;
export type StorageSweepRow = typeof storageSweeps.$inferSelect;
export type RegionStateRow = typeof regionStates.$inferSelect;
export type EventRow = typeof events.$inferSelect;
export type WebhookEndpointRow = typeof webhookEndpoints.$inferSelect;
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect;
export type ConnectionRow = typeof connections.$inferSelect;
export type UsageDayRow = typeof usageDays.$inferSelect;
export type BatchRow = typeof batches.$inferSelect;

/** An asset that a job reads, and what for. */
export interface InputAsset {
  readonly role: "source" | "watermark" | "subtitles";
  readonly asset: AssetRow;
}
