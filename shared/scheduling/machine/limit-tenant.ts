import type { LimitTenantCommand, LimitTenantReply } from "../commands.ts";
import type { Draft } from "./draft.ts";

/** Notes what a tenant may have at once. Whether that was news. */
export function limitTenant(draft: Draft, { tenantId, share }: LimitTenantCommand): LimitTenantReply {
  return draft.heedShare(tenantId, share);
}
