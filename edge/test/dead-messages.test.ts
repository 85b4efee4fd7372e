import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { DeadMessage } from "@reelway/shared/contracts/dead-message";
import { page } from "@reelway/shared/contracts/page";
import { expect, test, vi } from "vitest";
import wrangler from "../../wrangler.toml?raw";
import { handleQueue } from "../src/queues/consumer.ts";
import { call, codeOf, jobRow, makeKey, outboxRows, queueOf, seedJob } from "./support/fleet.ts";

/** Messages that came to a dead-letter queue, as its consumer stores them. */
async function die(queue: string, ...messages: { id: string; body: unknown }[]) {
  const batch = createMessageBatch(
    queue,
    messages.map((message) => ({ ...message, timestamp: new Date(), attempts: 6 })),
  );
  const context = createExecutionContext();
  await handleQueue(batch, env, context);
  expect((await getQueueResult(batch, context)).ackAll).toBe(true);
}
const audited = async (resource: string) => {
  const rows = await env.DB.prepare("SELECT action FROM audit_log WHERE resource = ?").bind(resource).all();
  return rows.results.map(({ action }) => action);
};

test("dead messages are listed newest first, page by page, and shown", async () => {
  const admin = await makeKey("admin", true);
  const bodies = [{ outboxId: 1 }, "not an object", { shard: "weur:0" }];
  await die("reelway-jobs-weur-dead", ...bodies.map((body, index) => ({ id: `list-${index}`, body })));
  const seen: string[] = [];
  let cursor = "";
  do {
    const answer = await call("GET", `/dead-messages?limit=2${cursor}`, admin.authorization);
    const { items, nextCursor } = page(DeadMessage).parse(await answer.json());
    seen.push(...items.map(({ id }) => id));
    cursor = nextCursor === null ? "" : `&cursor=${nextCursor}`;
  } while (cursor !== "");
  expect(seen).toEqual(["list-2", "list-1", "list-0"]);
  const shown = await call("GET", "/dead-messages/list-0", admin.authorization);
  expect(DeadMessage.parse(await shown.json())).toMatchObject({
    queue: "reelway-jobs-weur-dead",
    body: '{"outboxId":1}',
    attempts: 6,
  });
});

test("a replayed message goes to its queue once more and has its effect; the row goes, audited", async () => {
  const admin = await makeKey("admin", true);
  const { outboxId, job } = await seedJob("weur");
  await die("reelway-jobs-weur-dead", { id: "replay-1", body: { outboxId } });
  expect((await call("POST", "/dead-messages/replay-1/replay", admin.authorization)).status).toBe(204);
  await expect.poll(async () => (await queueOf("weur").waitingTask(job.id, 1))?.state).toBe("ready");
  await expect.poll(() => outboxRows(job.id)).toEqual([]);
  expect((await jobRow(job.id)).state).toBe("queued");
  expect(await audited("replay-1")).toEqual(["dead_message.replay"]);
  const again = await call("POST", "/dead-messages/replay-1/replay", admin.authorization);
  expect([again.status, await codeOf(again)]).toEqual([404, "not_found"]);
});

test("every queue of wrangler.toml takes its own back, under staging names too; an unknown one is refused", async () => {
  const admin = await makeKey("admin", true);
  const { JOBS_ENAM, JOBS_WEUR, JOBS_APAC, JOB_EVENTS, WEBHOOKS } = env;
  const senders = Object.entries({ JOBS_ENAM, JOBS_WEUR, JOBS_APAC, JOB_EVENTS, WEBHOOKS });
  const producers = [...wrangler.matchAll(/^binding = "(.+)"\nqueue = "(.+)"$/gm)].map(([, binding, queue = ""]) => {
    const sender = senders.find(([name]) => name === binding)?.[1];
    if (!sender) throw new Error(`no ${binding}`);
    return { queue, sent: vi.spyOn(sender, "send") };
  });
  const withDead = [...wrangler.matchAll(/^dead_letter_queue = "(.+)-dead"$/gm)].map(([, queue]) => queue);
  expect(withDead.length).toBeGreaterThanOrEqual(5);
  for (const { queue, sent } of producers.filter((producer) => withDead.includes(producer.queue))) {
    for (const dead of [`${queue}-dead`, `${queue.replace(/^reelway/, "reelway-staging")}-dead`]) {
      await die(dead, { id: dead, body: { ring: dead } });
      expect((await call("POST", `/dead-messages/${dead}/replay`, admin.authorization)).status).toBe(204);
      expect(sent).toHaveBeenLastCalledWith({ ring: dead });
    }
  }
  expect(producers.map(({ sent }) => sent.mock.calls.length)).toEqual(producers.map(() => 2));
  vi.restoreAllMocks();
  await die("reelway-thumbs-dead", { id: "stranger", body: {} });
  const refused = await call("POST", "/dead-messages/stranger/replay", admin.authorization);
  expect([refused.status, await codeOf(refused)]).toEqual([409, "illegal_move"]);
  expect((await call("GET", "/dead-messages/stranger", admin.authorization)).status).toBe(200);
});

test("a discarded message is gone, once, audited once", async () => {
  const admin = await makeKey("admin", true);
  await die("reelway-job-events-dead", { id: "gone", body: { shard: "weur:0" } });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call("POST", "/dead-messages/gone/discard", admin.authorization)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 9 }, () => 404)]);
  expect(await audited("gone")).toEqual(["dead_message.discard"]);
});

test("they are the installation's: no tenant sees them, nor a member of the platform tenant", async () => {
  await die("reelway-jobs-enam-dead", { id: "private", body: { outboxId: 1 } });
  for (const key of [await makeKey("admin"), await makeKey("member", true)])
    for (const [method, path] of [
      ["GET", "/dead-messages"],
      ["GET", "/dead-messages/private"],
      ["POST", "/dead-messages/private/replay"],
      ["POST", "/dead-messages/private/discard"],
    ] as const)
      expect((await call(method, path, key.authorization)).status).toBe(403);
});
