import { limits } from "@reelway/shared/limits";
import { expireAsset } from "../assets/delete-asset.ts";
import { auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { settingsOf } from "../settings.ts";
import { listExpiredAssets, listExpiredOutputs } from "../store/erasures.ts";
import type { AssetRow } from "../store/rows.ts";
import { eraseOutputs } from "./erase-outputs.ts";

/** Deletions under way at the same time. */
const deletionsAtOnce = 6;

/** How long one sweep begins new deletions, and how many of each kind. */
interface Bounds {
  readonly forMs: number;
  readonly atMost: number;
}
const boundsOfSweep: Bounds = { forMs: limits.erasuresSweepMs, atMost: limits.erasuresPerSweep };

/**
 * Deletes sources and outputs that their tenant keeps no longer, round by round while it has time: the next sweep goes
 * on. A bucket that does not answer stops nothing: rows are marked first, and the storage sweep deletes what they named.
 */
export async function expireRetained(env: Env, now = Date.now(), { forMs, atMost } = boundsOfSweep): Promise<void> {
  const log = createLog({ sweep: true });
  const { leaseMs } = settingsOf(env);
  const until = Date.now() + forMs;
  const begun = { outputs: new Set<string>(), sources: new Set<string>() };
  const left = (kind: Set<string>) => Math.min(limits.erasuresPerRound, atMost - kind.size);

  for (let fresh = true; fresh && Date.now() < until; ) {
    const outputs = await listExpiredOutputs(env, now, left(begun.outputs));
    const sources = await listExpiredAssets(env, now, left(begun.sources));
    const erasures = outputs.map((job) => ({
      of: job.id,
      step: () => eraseOutputs(env, [job], { leaseMs, now }),
    }));
    const expiries = sources.map((asset) => ({
      of: asset.id,
      step: () => expireAsset(env, asset, auditOfRetention(asset), now),
    }));
    // What failed is listed again: it is left to the next sweep.
    const before = begun.outputs.size + begun.sources.size;
    await deleteAll(erasures, begun.outputs, until, log);
    await deleteAll(expiries, begun.sources, until, log);
    fresh = begun.outputs.size + begun.sources.size > before;
  }
  const [outputs, sources] = [begun.outputs.size, begun.sources.size];
  if (outputs + sources > 0) log.info("retention", { outputs, sources });
}

interface Deletion {
  readonly of: string;
  readonly step: () => Promise<unknown>;
}

async function deleteAll(deletions: readonly Deletion[], begun: Set<string>, until: number, log: Log): Promise<void> {
  const rest = deletions.values();
  await Promise.all(
    Array.from({ length: deletionsAtOnce }, async () => {
      for (const { of, step } of rest) {
        if (Date.now() >= until) return;
        if (begun.has(of)) continue;
        begun.add(of);
        await step().catch((error: unknown) => log.warn("retention not done", { error }));
      }
    }),
  );
}

function auditOfRetention({ id: resource, tenantId }: AssetRow) {
  return auditOfSystem({ action: "asset.delete", resource, tenantId, detail: { reason: "retention" } });
}
