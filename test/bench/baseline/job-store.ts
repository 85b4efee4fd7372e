import { createHash } from "node:crypto";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Redis } from "ioredis";

export interface NewJob {
  readonly id: string;
  readonly tenantId: string;
  readonly assetId: string;
  readonly idempotencyKey: string | undefined;
  /** What the key must be repeated with. */
  readonly body: unknown;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * The job's row, its place in the tenant's list and its idempotency key, all or none, in one round trip; the asset must be
 * the tenant's own and ready. ARGV: body hash, job id, tenant, row.
 */
const createScript = `
local asset = redis.call('HMGET', KEYS[4], 'tenantId', 'state')
if asset[1] ~= ARGV[3] then return {'not_found', ''} end
if asset[2] ~= 'ready' then return {'asset_not_ready', ''} end
if KEYS[1] ~= 'none' then
  local known = redis.call('HMGET', KEYS[1], 'bodyHash', 'jobId')
  if known[1] == ARGV[1] then return {'replayed', known[2]} end
  if known[1] then return {'mismatch', ''} end
  redis.call('HSET', KEYS[1], 'bodyHash', ARGV[1], 'jobId', ARGV[2])
end
redis.call('HSET', KEYS[2], 'tenantId', ARGV[3], 'row', ARGV[4])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return {'created', ARGV[2]}`;

/** Jobs as users read them. Whether one waits, runs or is done is BullMQ's to know. */
export class JobStore {
  readonly #redis: Redis;
  #script: string | undefined;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async create(job: NewJob): Promise<{ jobId: string; replayed: boolean }> {
    this.#script ??= String(await this.#redis.script("LOAD", createScript));
    const reply = await this.#redis.evalsha(
      this.#script,
      4,
      job.idempotencyKey === undefined ? "none" : `idempotency:${job.tenantId}:${job.idempotencyKey}`,
      `job:${job.id}`,
      `jobs:${job.tenantId}`,
      `asset:${job.assetId}`,
      createHash("sha256").update(JSON.stringify(job.body)).digest("hex"),
      job.id,
      job.tenantId,
      JSON.stringify(job.row),
    );
    const [outcome, jobId] = Array.isArray(reply) ? reply.map(String) : [];
    if (jobId !== undefined && (outcome === "created" || outcome === "replayed"))
      return { jobId, replayed: outcome === "replayed" };
    if (outcome === "not_found") throw new ReelwayError("not_found");
    if (outcome === "asset_not_ready") throw new ReelwayError("asset_not_ready");
    if (outcome === "mismatch") throw new ReelwayError("idempotency_mismatch");
    throw new ReelwayError("internal", `the script answered ${String(outcome)}`);
  }

  /** The row as JSON. @throws not_found when there is none or it is another tenant's. */
  async get(tenantId: string, jobId: string): Promise<Record<string, unknown>> {
    const [owner, row] = await this.#redis.hmget(`job:${jobId}`, "tenantId", "row");
    if (owner !== tenantId || !row) throw new ReelwayError("not_found");
    return asRecord(JSON.parse(row));
  }

  /** A page of the tenant's rows, newest first (ids sort by time). */
  async list(
    tenantId: string,
    limit: number,
    cursor: string | undefined,
  ): Promise<{ rows: Record<string, unknown>[]; nextCursor: string | null }> {
    const from = cursor === undefined ? "+" : `(${cursor}`;
    const ids = await this.#redis.zrange(`jobs:${tenantId}`, from, "-", "BYLEX", "REV", "LIMIT", 0, limit + 1);
    const shown = ids.slice(0, limit);
    const rows = await Promise.all(shown.map((id) => this.get(tenantId, id)));
    return { rows, nextCursor: ids.length > limit ? (shown.at(-1) ?? null) : null };
  }

  async putAsset(assetId: string, tenantId: string): Promise<void> {
    await this.#redis.hset(`asset:${assetId}`, { tenantId, state: "ready" });
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new ReelwayError("internal", "a row is not an object");
  return { ...value };
}
