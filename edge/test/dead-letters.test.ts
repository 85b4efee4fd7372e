import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { DeadLetter, DeadLetterDetail, DeadLetterOutcomes } from "@reelway/shared/contracts/dead-letter";
import type { JobError } from "@reelway/shared/contracts/job-error";
import { page } from "@reelway/shared/contracts/page";
import { newRegionalId } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { call, callLease, codeOf, jobRow, leaseOver, makeKey, makeRunner, queueOf, seedJob } from "./support/fleet.ts";

const unreadable: JobError = {
  ...{ code: "input_unreadable", message: "not media", logTail: "moov atom not found" },
  program: { name: "ffprobe", version: "7.1", command: "ffprobe -i file:source" },
};

/** A job of this tenant that a runner has failed for good. */
async function failedJob(tenantId: string, region: RegionId = "weur", error: JobError = unreadable) {
  const entry = await seedJob(region, { tenantId });
  await dispatchJob(env, entry);
  const runner = await makeRunner(region);
  const [task] = await leaseOver(runner);
  if (task?.jobId !== entry.job.id) throw new Error("another job was leased");
  await callLease(runner, "fail", task.leaseToken, { error });
  await expect.poll(async () => (await jobRow(entry.job.id)).state).toBe("failed");
  return { ...entry, runner };
}

const list = async (authorization: string, query = "") => {
  const response = await call("GET", `/dead-letters${query}`, authorization);
  expect(response.status).toBe(200);
  return page(DeadLetter).parse(await response.json()).items;
};
const ids = async (authorization: string, query = "") => (await list(authorization, query)).map(({ id }) => id);
const act = async (authorization: string, verb: string, body: unknown) => {
  const response = await call("POST", `/dead-letters/${verb}`, authorization, body);
  expect(response.status).toBe(200);
  return DeadLetterOutcomes.parse(await response.json());
};
const auditOf = async (jobId: string) => {
  const rows = await env.DB.prepare("SELECT tenantId, action FROM audit_log WHERE resource = ? ORDER BY sequence")
    .bind(jobId)
    .all<{ tenantId: string; action: string }>();
  return rows.results.map(({ tenantId, action }) => [tenantId, action]);
};
/** Leaves nothing behind that another test could lease. */
const cancel = (jobId: string, authorization: string) => call("POST", `/jobs/${jobId}/cancel`, authorization);

test("a failed job is listed with its reason, newest first, by filter, and never with where its bytes lie", async () => {
  const key = await makeKey("member");
  const first = await failedJob(key.tenantId);
  const second = await failedJob(key.tenantId, "enam", { code: "spec_unsupported", message: "no" });
  const [a, b] = [first.job.id, second.job.id];
  expect(await ids(key.authorization)).toEqual([b, a]);
  expect(await ids(key.authorization, "?code=input_unreadable")).toEqual([a]);
  expect(await ids(key.authorization, "?region=enam")).toEqual([b]);
  expect(await ids(key.authorization, "?preset=mp4-h264")).toEqual([]);
  await env.DB.prepare("UPDATE jobs SET preset = 'mp4-h264@1' WHERE id = ?").bind(a).run();
  expect(await ids(key.authorization, "?preset=mp4-h264")).toEqual([a]);
  expect(await ids(key.authorization, "?preset=mp4-h264@1")).toEqual([a]);
  for (const other of ["mp4-h264@2", "mp4_h264", "%25"])
    expect(await ids(key.authorization, `?preset=${other}`)).toEqual([]);
  expect(await ids(key.authorization, `?since=${Date.now() + 1_000}`)).toEqual([]);
  const paged = page(DeadLetter).parse(await (await call("GET", "/dead-letters?limit=1", key.authorization)).json());
  expect(paged.nextCursor).not.toBeNull();
  expect(await ids(key.authorization, `?limit=1&cursor=${paged.nextCursor}`)).toEqual([a]);

  const text = await (await call("GET", `/dead-letters/${a}`, key.authorization)).text();
  for (const secret of [first.job.storageRoot, first.asset.storageKey, "http"]) expect(text).not.toContain(secret);
  expect((await list(key.authorization))[1]?.error).toEqual({ code: "input_unreadable", message: "not media" });
});

test("it is told with its source's name, to its tenant and to who runs the installation", async () => {
  const [key, operator] = [await makeKey("admin"), await makeKey("admin", true)];
  const { job, asset } = await failedJob(key.tenantId);
  await env.DB.prepare("UPDATE assets SET name = 'holiday.mov' WHERE id = ?").bind(asset.id).run();
  for (const { authorization } of [key, operator]) {
    expect((await list(authorization, `?tenantId=${key.tenantId}`))[0]).toMatchObject({
      id: job.id,
      sourceName: "holiday.mov",
    });
    const shown = await call("GET", `/dead-letters/${job.id}`, authorization);
    expect(DeadLetterDetail.parse(await shown.json()).sourceName).toBe("holiday.mov");
  }
});

test("it is shown with its attempts while its queue knows them, and without them later", async () => {
  const key = await makeKey("admin");
  const { job, runner } = await failedJob(key.tenantId);
  const show = async () =>
    DeadLetterDetail.parse(await (await call("GET", `/dead-letters/${job.id}`, key.authorization)).json());
  expect(await show()).toMatchObject({
    error: unreadable,
    attempts: [{ attempt: 1, runnerId: runner.id, outcome: "failed", error: unreadable }],
  });
  await runInDurableObject(queueOf("weur"), (_, { storage }) => {
    storage.sql.exec("DELETE FROM tasks WHERE job_id = ?", job.id);
    storage.sql.exec("DELETE FROM jobs WHERE job_id = ?", job.id);
  });
  expect(await show()).toMatchObject({ error: unreadable, attempts: null });
});

test("another tenant's dead letters are not there: neither to see nor to replay nor to discard", async () => {
  const [owner, stranger] = [await makeKey("admin"), await makeKey("admin")];
  const { job } = await failedJob(owner.tenantId);
  const missing = newRegionalId("job", "weur");
  expect(await ids(stranger.authorization)).toEqual([]);
  expect((await call("GET", `/dead-letters?tenantId=${owner.tenantId}`, stranger.authorization)).status).toBe(403);
  for (const id of [job.id, missing]) {
    const shown = await call("GET", `/dead-letters/${id}`, stranger.authorization);
    expect([shown.status, await codeOf(shown)]).toEqual([404, "not_found"]);
    for (const verb of ["replay", "discard"]) {
      const one = await call("POST", `/dead-letters/${id}/${verb}`, stranger.authorization);
      expect([one.status, await codeOf(one)]).toEqual([404, "not_found"]);
      expect(await act(stranger.authorization, verb, { ids: [id] })).toEqual({
        done: 0,
        refused: 1,
        items: [{ id, outcome: "refused", code: "not_found" }],
      });
    }
  }
  expect(await act(stranger.authorization, "replay", { filter: {} })).toMatchObject({ items: [] });
  expect(await jobRow(job.id)).toMatchObject({ state: "failed", run: 1, discardedAt: null });
  expect(await auditOf(job.id)).toEqual([]);
});

test("who runs the installation sees all tenants' or one's; a viewer of that tenant only its own", async () => {
  const [tenant, operator] = [await makeKey("admin"), await makeKey("admin", true)];
  const { job } = await failedJob(tenant.tenantId);
  expect(await ids(operator.authorization)).toContain(job.id);
  expect(await ids(operator.authorization, `?tenantId=${tenant.tenantId}`)).toEqual([job.id]);
  const member = await makeKey("member", true);
  expect(await ids(member.authorization)).toEqual([]);

  expect((await call("POST", `/dead-letters/${job.id}/replay`, operator.authorization)).status).toBe(200);
  // In the log of whose job it is.
  expect(await auditOf(job.id)).toEqual([[tenant.tenantId, "dead_letter.replay"]]);
  await cancel(job.id, tenant.authorization);
});

test("fifty replays at once make one new run, with one outbox row and one audit row", async () => {
  const key = await makeKey("admin");
  const { job } = await failedJob(key.tenantId);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0
        ? call("POST", `/dead-letters/${job.id}/replay`, key.authorization)
        : call("POST", "/dead-letters/replay", key.authorization, { ids: [job.id, job.id] }),
    ),
  );
  let replayed = 0;
  for (const answer of answers) {
    if (answer.status !== 200) {
      expect(["illegal_move", "not_found"]).toContain(await codeOf(answer));
      continue;
    }
    replayed += DeadLetterOutcomes.parse(await answer.json()).done;
  }
  expect(replayed).toBe(1);
  expect(await jobRow(job.id)).toMatchObject({ run: 2, state: "queued", error: null });
  expect(await auditOf(job.id)).toEqual([[key.tenantId, "dead_letter.replay"]]);
  await expect.poll(async () => (await queueOf("weur").waitingTask(job.id, 2))?.state).toBe("ready");
  await cancel(job.id, key.authorization);
});

test("many at once: what can run again does, and each refusal says why", async () => {
  const key = await makeKey("admin");
  const good = await failedJob(key.tenantId, "enam");
  const gone = await failedJob(key.tenantId, "enam");
  await env.DB.prepare("UPDATE assets SET state = 'deleted' WHERE id = ?").bind(gone.asset.id).run();
  const missing = newRegionalId("job", "enam");
  const outcomes = await act(key.authorization, "replay", { ids: [good.job.id, gone.job.id, missing] });
  expect(outcomes).toEqual({
    done: 1,
    refused: 2,
    items: [
      { id: good.job.id, outcome: "replayed", code: null },
      { id: gone.job.id, outcome: "refused", code: "not_found" },
      { id: missing, outcome: "refused", code: "not_found" },
    ],
  });
  expect(await auditOf(gone.job.id)).toEqual([]);
  // Its outputs go below a root of their own.
  expect((await jobRow(good.job.id)).storageRoot).not.toBe(good.job.storageRoot);
  const alone = await call("POST", `/dead-letters/${gone.job.id}/replay`, key.authorization);
  expect([alone.status, await codeOf(alone)]).toEqual([404, "not_found"]);
  await cancel(good.job.id, key.authorization);
});

test("five hundred in one request, by filter, each with its audit row", async () => {
  const key = await makeKey("admin");
  const { job } = await failedJob(key.tenantId, "apac");
  const others = Array.from({ length: 499 }, () => newRegionalId("job", "apac"));
  const columns = Object.keys(await jobRow(job.id)).filter((name) => name !== "id");
  await env.DB.prepare(
    `INSERT INTO jobs (id, ${columns.join()}) SELECT value, ${columns.join()} FROM json_each(?1), jobs WHERE jobs.id = ?2`,
  )
    .bind(JSON.stringify(others), job.id)
    .run();
  const body = { filter: { code: "input_unreadable", region: "apac" }, limit: 500 };
  const outcomes = await act(key.authorization, "replay", body);
  expect(outcomes).toMatchObject({ done: 500, refused: 0 });
  const audited = await env.DB.prepare(
    "SELECT count(*) AS rows, count(DISTINCT resource) AS jobs FROM audit_log WHERE tenantId = ?",
  )
    .bind(key.tenantId)
    .first();
  expect(audited).toEqual({ rows: 500, jobs: 500 });
  await expect.poll(async () => (await queueOf("apac").counts()).ready, { timeout: 60_000 }).toBe(500);
  const nothingLeft = "SELECT count(*) AS rows FROM outbox";
  await expect.poll(async () => (await env.DB.prepare(nothingLeft).first<{ rows: number }>())?.rows).toBe(0);
});

test("a discarded one is off the list, not deleted, and can be replayed; discarding again changes nothing", async () => {
  const key = await makeKey("member");
  const { job } = await failedJob(key.tenantId);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call("POST", `/dead-letters/${job.id}/discard`, key.authorization)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  expect(await auditOf(job.id)).toEqual([[key.tenantId, "dead_letter.discard"]]);
  expect(await ids(key.authorization)).toEqual([]);
  expect(await ids(key.authorization, "?discarded=true")).toEqual([job.id]);
  expect((await call("GET", `/jobs/${job.id}`, key.authorization)).status).toBe(200);
  expect(await act(key.authorization, "replay", { ids: [job.id] })).toMatchObject({ done: 1 });
  expect(await jobRow(job.id)).toMatchObject({ state: "queued", discardedAt: null });
  await cancel(job.id, key.authorization);
});

test("a selection is ids or a filter, one of them, and bounded", async () => {
  const key = await makeKey("admin");
  const id = newRegionalId("job", "weur");
  const wrong = [
    {},
    { ids: [] },
    { ids: [id], filter: {} },
    { ids: Array.from({ length: 501 }, () => id) },
    { all: true },
  ];
  for (const body of wrong) {
    const response = await call("POST", "/dead-letters/replay", key.authorization, body);
    expect([response.status, await codeOf(response)]).toEqual([422, "invalid_request"]);
  }
});
