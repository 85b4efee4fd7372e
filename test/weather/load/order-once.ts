import { randomUUID } from "node:crypto";
import type { Job } from "@reelway/shared/contracts/job";
import type { Ledger, LedgerJob } from "./ledger.ts";
import type { Order } from "./orders.ts";
import type { Tenant } from "./tenant.ts";
import { uploadThrough } from "./uploads.ts";

/** Orders this once, from a fresh upload where it needs one, and leaves it to itself. */
export async function orderOnce(tenant: Tenant, ledger: Ledger, order: Order): Promise<void> {
  const { source, request } = order;
  const idempotencyKey = randomUUID();
  const assetId = source === null ? null : await uploadThrough(tenant, ledger, source, { after: null, restMs: 0 });
  const whole = assetId === null ? request : { ...request, assetId };
  const job = await tenant.ask(({ jobs }) => jobs.create(whole, { idempotencyKey }));
  accepted(tenant, ledger, job, order);
}

/** Writes down that a tenant was told it has this job. */
export function accepted(tenant: Tenant, ledger: Ledger, { id }: Job, { name, expected }: Order): LedgerJob {
  tenant.awaits(id);
  ledger.count("jobs accepted");
  return ledger.job({ id, tenantId: tenant.id, order: name, expected });
}
