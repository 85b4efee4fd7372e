import { AuditRecord } from "@reelway/shared/contracts/audit";
import type { AuditRow } from "../store/rows.ts";

/** A line of the audit log as the API shows it. */
export function presentAudit({ tenantId: _, actorKind, ...row }: AuditRow): AuditRecord {
  return AuditRecord.parse({ ...row, actor: actorKind });
}
