import { limits } from "@reelway/shared/limits";
import { and, eq, isNull, notExists, type SQL, sql } from "drizzle-orm";
import { auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "../store/audit-log.ts";
import { type Database, databaseOf } from "../store/database.ts";
import { webhookDeliveries, webhookEndpoints } from "../store/schema.ts";

const reason = "Its address did not answer webhook.verify with the challenge";

/**
 * For the sweep: disables endpoints whose address has been asked to the end without proving that it wants to be called.
 * What waits for them fails then; their owner may have them asked again.
 */
export async function disableUnproved(env: Env, now: number): Promise<void> {
  const database = databaseOf(env);
  const found = await database
    .select({ id: webhookEndpoints.id, tenantId: webhookEndpoints.tenantId })
    .from(webhookEndpoints)
    .where(isGivenUp(database))
    .limit(limits.webhooksDisabledPerSweep);
  for (const { id: resource, tenantId } of found) {
    const audit = auditOfSystem({ action: "webhook.update", resource, tenantId, detail: { enabled: false, reason } });
    const isStill = and(eq(webhookEndpoints.id, resource), isGivenUp(database));
    await database.batch([
      insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${webhookEndpoints} WHERE ${isStill})`),
      database.update(webhookEndpoints).set({ disabledAt: now, disabledReason: reason }).where(isStill),
    ]);
  }
}

function isGivenUp(database: Database): SQL | undefined {
  const asked = database
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.tenantId, webhookEndpoints.tenantId),
        eq(webhookDeliveries.url, webhookEndpoints.url),
        eq(webhookDeliveries.endpointId, webhookEndpoints.id),
        sql`${webhookDeliveries.eventType} = 'webhook.verify' AND ${webhookDeliveries.state} = 'pending'`,
      ),
    );
  return and(isNull(webhookEndpoints.verifiedAt), isNull(webhookEndpoints.disabledAt), notExists(asked));
}
