import { z } from "zod";
import { TenantId } from "../ids.ts";
import { PageQuery } from "./page.ts";
import { Timestamp } from "./time.ts";

/** Every change that the audit log can tell of: `<resource>.<verb>`. */
export const AuditAction = z.enum([
  "installation.bootstrap",
  "asset.create",
  "asset.complete",
  "asset.fail",
  "asset.delete",
  "batch.create",
  "batch.cancel",
  "batch.retry",
  "breaker.reset",
  "connection.create",
  "connection.delete",
  "dead_letter.discard",
  "dead_letter.replay",
  "dead_message.discard",
  "dead_message.replay",
  "invitation.accept",
  "invitation.create",
  "invitation.revoke",
  "job.cancel",
  "job.create",
  "job.move",
  "job.outputs_delete",
  "job.retry",
  "key.create",
  "key.revoke",
  "region.drain",
  "region.failover",
  "region.resume",
  "registration_token.create",
  "registration_token.revoke",
  "runner.drain",
  "runner.register",
  "runner.resume",
  "runner.revoke",
  "runner.update",
  "secret.reseal",
  "session.create",
  "session.refuse",
  "session.reuse",
  "session.revoke",
  "sign_in_link.create",
  "signing_key.rotate",
  "storage.delete",
  "storage.keep",
  "tenant.create",
  "tenant.update",
  "user.disable",
  "user.enable",
  "user.password",
  "user.update",
  "webhook.create",
  "webhook.delete",
  "webhook.pause",
  "webhook.redeliver",
  "webhook.rotate",
  "webhook.test",
  "webhook.update",
  "webhook.verify",
]);
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditActor = z.enum(["api_key", "user", "runner", "system", "anonymous"]);
export type AuditActor = z.infer<typeof AuditActor>;

/** One line of the audit log: who changed what, when, from where. */
export const AuditRecord = z
  .object({
    sequence: z.int(),
    at: Timestamp,
    actor: AuditActor,
    actorId: z.string().nullable(),
    action: AuditAction,
    resource: z.string().nullable().meta({ description: "The id of what was changed" }),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
    country: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: "AuditRecord" });
export type AuditRecord = z.infer<typeof AuditRecord>;

export const AuditQuery = PageQuery.extend({
  action: AuditAction.optional(),
  actorId: z.string().max(64).optional(),
  resource: z.string().max(64).optional(),
  after: z.coerce.number().int().min(0).optional().meta({ description: "Not before this time" }),
  before: z.coerce.number().int().min(0).optional().meta({ description: "Before this time" }),
  tenantId: TenantId.optional().meta({ description: "Another tenant's log; only platform admins may" }),
});
export type AuditQuery = z.input<typeof AuditQuery>;

/** `GET /api/v1/audit/verify`: a stretch of the hash chain, recomputed from the rows and compared with what was sealed and exported. */
export const AuditVerifyQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).meta({ description: "`verifiedTo` of the stretch before" }),
});

export const AuditVerification = z
  .object({
    intact: z.boolean(),
    verifiedTo: z.int().meta({ description: "The last sequence up to which the chain holds" }),
    rows: z.int().meta({ description: "Rows that this call has recomputed" }),
    more: z.boolean().meta({ description: "There are seals behind `verifiedTo`" }),
    broken: z
      .object({
        sequence: z.int().meta({ description: "The first row that is not as it was sealed" }),
        reason: z.enum(["row_changed", "row_missing", "row_added", "seal_changed", "export_missing", "export_changed"]),
      })
      .nullable(),
  })
  .meta({ id: "AuditVerification" });
export type AuditVerification = z.infer<typeof AuditVerification>;
