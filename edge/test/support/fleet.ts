import { env, exports } from "cloudflare:workers";
import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import { LeaseAnswer, type LeasedTask, leaseTokenHeader } from "@reelway/shared/contracts/lease";
import type { RunnerDescription } from "@reelway/shared/contracts/runner";
import { protocol } from "@reelway/shared/contracts/runner";
import { newId, newRegionalId, type ShardName } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { newAsset } from "../../src/assets/new-asset.ts";
import { mintCredential } from "../../src/auth/credentials.ts";
import { bucketOf } from "../../src/env.ts";
import { newJob } from "../../src/jobs/new-job.ts";
import { queueStub } from "../../src/objects/region-queue-stub.ts";
import { settingsOf } from "../../src/settings.ts";
import { databaseOf } from "../../src/store/database.ts";
import type { AssetRow } from "../../src/store/rows.ts";
import { apiKeys, assets, jobs, outbox, runners, tenants } from "../../src/store/schema.ts";
import { requireDocumented } from "./documented.ts";

const database = databaseOf(env);
const probe: JobSpec = { kind: "probe" };

export interface Holder {
  readonly id: string;
  readonly authorization: string;
}

/** An API key of a new tenant. */
export async function makeKey(role: "admin" | "member" = "admin", platform = false) {
  const tenantId = newId("ten");
  const id = newId("key");
  const { text, prefix, hash } = await mintCredential(settingsOf(env), "api_key", id);
  await database.insert(tenants).values({ id: tenantId, name: "tenant", platform, createdAt: 1 });
  await database.insert(apiKeys).values({ id, tenantId, name: "key", role, prefix, hash, createdAt: 1 });
  return { tenantId, authorization: `Bearer ${text}` };
}

export async function makeRunner(region: RegionId, labels: string[] = []): Promise<Holder> {
  const id = newRegionalId("run", region);
  const { text, hash } = await mintCredential(settingsOf(env), "runner", id);
  await database.insert(runners).values({ id, name: "runner", region, labels, hash, version: "1.0.0", createdAt: 1 });
  return { id, authorization: `Bearer ${text}` };
}

/** A tenant that may be in these regions; null for all. */
export async function makeTenant(allowedRegions: RegionId[] | null = null): Promise<string> {
  const id = newId("ten");
  await database.insert(tenants).values({ id, name: "tenant", allowedRegions, createdAt: 1 });
  return id;
}

/** A job whose asset is uploaded, in D1 and in the outbox, as POST /jobs leaves it; not dispatched. */
export async function seedJob(
  region: RegionId,
  { tenantId = newId("ten"), runnerLabels = [] as string[], outboxAt = Date.now(), spec = probe as JobSpec } = {},
) {
  const origin = { tenantId, createdBy: "key_of_tests", traceparent: null, now: 1 };
  const announced = newAsset(origin, region, {
    name: "a.mp4",
    contentType: "video/mp4",
    bytes: 10,
    state: "uploading",
  });
  const stored = await bucketOf(env, region).put(announced.storageKey, "the source");
  if (!stored) throw new Error("the source was not stored");
  const asset: AssetRow = { ...announced, state: "ready", etag: stored.etag, completedAt: 1 };
  const { id: assetId } = asset;
  const order = { id: newRegionalId("job", region), assetId, region, spec, preset: null, priority: 50, runnerLabels };
  const job = newJob(settingsOf(env), origin, order);
  await database.insert(assets).values(asset);
  await database.insert(jobs).values(job);
  const [row] = await database
    .insert(outbox)
    .values({ jobId: job.id, run: 1, action: "enqueue", shard: job.shard, createdAt: outboxAt, sentAt: outboxAt })
    .returning();
  if (!row) throw new Error("no outbox row");
  return { outboxId: row.id, job, inputs: [{ role: "source" as const, asset }], asset, share: undefined };
}

export async function jobRow(id: string) {
  const row = await database.query.jobs.findFirst({ where: (job, { eq }) => eq(job.id, id) });
  if (!row) throw new Error(`no job ${id}`);
  return row;
}

export function outboxRows(jobId: string) {
  return database.query.outbox.findMany({ where: (row, { eq }) => eq(row.jobId, jobId) });
}

export const description: RunnerDescription = {
  capabilities: ["kind:probe"],
  slots: 1,
  version: "1.0.0",
  protocol,
  draining: false,
};

export async function call(method: string, path: string, authorization: string, body?: unknown, headers = {}) {
  const response = await exports.default.fetch(
    new Request(`https://reelway.test/api/v1${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  await requireDocumented(method, `/api/v1${path}`.split("?")[0] ?? "", response);
  return response;
}

export async function leaseOver(runner: Holder, more: Partial<RunnerDescription> = {}, max = 1): Promise<LeasedTask[]> {
  const body = { runner: { ...description, ...more }, max };
  const response = await call("POST", "/runner/leases", runner.authorization, body);
  if (response.status !== 200) throw new Error(await response.text());
  return LeaseAnswer.parse(await response.json()).tasks;
}

/** A call about one leased task. */
export function callLease(runner: Holder, path: string, leaseToken: string, body: unknown) {
  return call("POST", `/leases/${path}`, runner.authorization, body, { [leaseTokenHeader]: leaseToken });
}

export function queueOf(region: RegionId) {
  const shard: ShardName = `${region}:0`;
  return queueStub(env, shard);
}

/** The `code` of a problem document. */
export async function codeOf(response: Response): Promise<unknown> {
  const problem: unknown = await response.json();
  return typeof problem === "object" && problem !== null && "code" in problem ? problem.code : undefined;
}
