import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { Manifest } from "@reelway/shared/contracts/manifest";
import { shardOfTask } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { dispatchJob } from "../../src/dispatch/dispatch.ts";
import { bucketOf } from "../../src/env.ts";
import { verifyLease } from "../../src/leases/token.ts";
import { queueStub } from "../../src/objects/region-queue-stub.ts";
import { settingsOf } from "../../src/settings.ts";
import { callLease, type Holder, leaseOver, makeRunner, seedJob } from "./fleet.ts";

const settings = settingsOf(env);
export const sha256 = "0".repeat(64);

/** A job that is leased to a runner of its region. */
export async function leased(
  region: RegionId = "weur",
  more: Parameters<typeof seedJob>[1] = {},
  runnerIs: Parameters<typeof leaseOver>[1] = {},
) {
  const entry = await seedJob(region, more);
  await dispatchJob(env, entry);
  const runner = await makeRunner(region);
  const [task] = await leaseOver(runner, runnerIs);
  if (!task || task.jobId !== entry.job.id) throw new Error("another job was leased");
  return { ...entry, runner, task };
}

export async function prefixOf(task: Pick<LeasedTask, "leaseToken">, runner: Holder) {
  return (await verifyLease(settings, task.leaseToken, runner.id, Date.now())).prefix;
}

/** Writes a file as the runner would by its grant, and answers its entry in the manifest. */
export async function write(
  task: Pick<LeasedTask, "leaseToken">,
  runner: Holder,
  name: string,
  content = name,
): Promise<Manifest["outputs"][number]> {
  const { region } = await verifyLease(settings, task.leaseToken, runner.id, Date.now());
  const stored = await bucketOf(env, region).put((await prefixOf(task, runner)) + name, content);
  if (!stored) throw new Error("not written");
  const digest = { md5: stored.etag, sha256, etag: stored.etag };
  return { name, role: "metadata", bytes: stored.size, contentType: "application/json", ...digest };
}

export const complete = (runner: Holder, token: string, outputs: Manifest["outputs"]) =>
  callLease(runner, "complete", token, { manifest: { outputs } });

/** Leaves nothing behind that another test could lease. */
export const end = (runner: Holder, { leaseToken }: LeasedTask) =>
  callLease(runner, "fail", leaseToken, { error: { code: "input_unreadable", message: "the test is over" } });

/** The lease has run out and been taken back, and the backoff is over. */
export async function expireLease({ taskId }: LeasedTask) {
  const queue = queueStub(env, shardOfTask(taskId));
  const set = (columns: string) =>
    runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec(`UPDATE tasks SET ${columns}, due_at = 1 WHERE task_id = ?`, taskId);
    });
  const past = Date.now() - 1;
  await set(`lease_expires_at = ${past}`);
  await queue.tick();
  await set("ready_at = 1");
  await queue.tick();
}
