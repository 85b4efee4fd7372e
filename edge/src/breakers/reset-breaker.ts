import type { BreakerReset } from "@reelway/shared/contracts/breaker";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ShardName } from "@reelway/shared/ids";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import type { Settings } from "../settings.ts";
import { insertAudit } from "../store/audit-log.ts";
import { databaseOf } from "../store/database.ts";
import { listBreakers } from "./list-breakers.ts";

/**
 * Lets a paused party work at once, in every shard. The pause is an object's and the audit row D1's: the row goes first,
 * so that there is no reset without one. Throws `not_found`, and `unavailable` where it might be paused in a shard that
 * did not answer; it may be repeated.
 */
export async function resetBreaker(
  env: Env,
  settings: Settings,
  key: string,
  audit: AuditEntry,
  log: Log,
): Promise<BreakerReset> {
  const { items, unreachable } = await listBreakers(env, settings, log);
  const shards = items
    .filter((breaker) => breaker.key === key)
    .map(({ region, shard }): ShardName => `${region}:${shard}`);
  if (shards.length === 0 && unreachable.length > 0)
    throw new ReelwayError("unavailable", `no answer from ${unreachable.join(", ")}`);
  if (shards.length === 0) throw new ReelwayError("not_found", "Nobody of this name is paused");
  await insertAudit(databaseOf(env), { ...audit, detail: { shards } });
  await Promise.all(shards.map((shard) => callQueue(env, shard, async (queue) => await queue.resetBreaker(key))));
  return { key, shards, unreachable };
}
