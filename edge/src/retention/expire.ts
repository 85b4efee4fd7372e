import { limits } from "@reelway/shared/limits";
import { expireAsset } from "../assets/delete-asset.ts";
import { auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { settingsOf } from "../settings.ts";
import { listExpiredAssets, listExpiredOutputs } from "../store/erasures.ts";
import type { AssetRow } from "../store/rows.ts";
import { eraseOutputs } from "./erase-outputs.ts";

/**
 * Deletes sources and outputs that their tenant keeps no longer, in bounded steps: the next sweep goes on. A bucket that
 * does not answer stops nothing: rows are marked first, and the storage sweep deletes what they named.
 */
export async function expireRetained(env: Env, now = Date.now()): Promise<void> {
  const log = createLog({ sweep: true });
  const { leaseMs } = settingsOf(env);
  const outputs = await listExpiredOutputs(env, now, limits.erasuresPerSweep);
  const sources = await listExpiredAssets(env, now, limits.erasuresPerSweep);
  const work = [
    ...outputs.map((job) => () => eraseOutputs(env, [job], { leaseMs, now })),
    ...sources.map((asset) => () => expireAsset(env, asset, auditOfRetention(asset), now)),
  ];
  for (const step of work) {
    await step().catch((error: unknown) => log.warn("retention not done", { error }));
  }
  if (work.length > 0) log.info("retention", { outputs: outputs.length, sources: sources.length });
}

function auditOfRetention({ id: resource, tenantId }: AssetRow) {
  return auditOfSystem({ action: "asset.delete", resource, tenantId, detail: { reason: "retention" } });
}
