import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { WebhookPayload } from "@reelway/shared/contracts/webhook";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { agreeAt, askedAt, type ReceivedWebhook, receivedAt } from "../support/received-webhooks.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";
import { ended, submit } from "./convert.ts";

let stack: TestStack;
let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  stack = await startTestStack({ settings: { REELWAY_CRON_SECONDS: "1", ALLOW_PRIVATE_URLS: "true" } });
});
afterEach(async () => {
  await stack.stop();
  await receiver.close();
});

const within = { timeout: 60_000, interval: 200 };
const idsOf = (webhooks: readonly ReceivedWebhook[]) => webhooks.map(({ headers }) => headers["webhook-id"]);
const eventsOfJob = async (jobId: string) => (await stack.client.events.list({ jobId, limit: 100 })).items;

test("a job's life arrives signed, at a good receiver at once, and later at one that fails at first", async () => {
  const good = await stack.client.webhooks.create({ url: `${receiver.url}/good` });
  const poor = await stack.client.webhooks.create({ url: `${receiver.url}/poor?fail=1`, events: ["job.succeeded"] });
  await stack.startRunner();
  const { id } = await submit(stack.client, smallClip(), { preset: "mp3", metadata: { order: "7" } });
  expect((await ended(stack.client, id)).state).toBe("succeeded");

  await expect.poll(async () => (await receivedAt(good.url)).length, within).toBeGreaterThanOrEqual(2);
  const told = await eventsOfJob(id);
  await expect
    .poll(async () => idsOf(await receivedAt(good.url)), within)
    .toEqual(expect.arrayContaining(told.map((event) => event.id)));
  const payloads = (await receivedAt(good.url)).map(({ body, headers }) =>
    WebhookPayload.parse(new Verifier(good.secret ?? "").verify(body, headers)),
  );
  const succeeded = payloads.find(({ type }) => type === "job.succeeded");
  expect(succeeded).toMatchObject({
    sequence: told.find(({ type }) => type === "job.succeeded")?.sequence,
    data: {
      jobId: id,
      state: "succeeded",
      metadata: { order: "7" },
      outputs: [{ role: "audio" }, { role: "metadata" }],
      outputCount: 2,
    },
  });

  // A wait of 5 s lies between: the Queue holds the message back that long.
  await expect.poll(async () => (await receivedAt(poor.url)).length, within).toBe(2);
  const [first, second] = await receivedAt(poor.url);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(4_000);
});

test("an address that agrees late is told nothing before, and then all that happened in between", async () => {
  const own = `${receiver.url}/own?verify=later`.replace("127.0.0.1", "localhost");
  const endpoint = await stack.client.webhooks.create({ url: `${receiver.url}/late?verify=later` });
  expect(endpoint.state).toBe("unverified");
  await stack.startRunner();
  const { id } = await submit(stack.client, smallClip(), { preset: "mp3", webhookUrl: own });
  expect((await ended(stack.client, id)).state).toBe("succeeded");
  for (const url of [endpoint.url, own])
    await expect.poll(async () => (await askedAt(url)).length, within).toBeGreaterThanOrEqual(1);
  const told = (await eventsOfJob(id)).map((event) => event.id);
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect([await receivedAt(endpoint.url), await receivedAt(own)]).toEqual([[], []]);

  for (const url of [endpoint.url, own]) await agreeAt(url);
  const cli = cliIn(stack);
  expect((await cli.run("webhooks", "show", endpoint.id)).stdout).toContain(`reelway webhooks verify ${endpoint.id}`);
  const { stdout } = await cli.run("webhooks", "verify", endpoint.id);
  await expect.poll(async () => (await stack.client.webhooks.delivery(stdout.trim())).state, within).toBe("delivered");
  expect(await stack.client.webhooks.get(endpoint.id)).toMatchObject({ state: "enabled" });
  // The job's address is asked again by itself, or when one of its events is to be sent again.
  const { items } = await stack.client.webhooks.deliveries({ state: "pending", eventType: "job.created" });
  for (const waiting of items) await stack.client.webhooks.redeliver(waiting.id);
  for (const url of [endpoint.url, own])
    await expect.poll(async () => idsOf(await receivedAt(url)), within).toEqual(expect.arrayContaining(told));
});

test("the control plane killed while it sends: delivered all the same, and nothing is forgotten", async () => {
  const slow = await stack.client.webhooks.create({ url: `${receiver.url}/slow?hang=1` });
  const quick = await stack.client.webhooks.create({ url: `${receiver.url}/quick`.replace("127.0.0.1", "localhost") });
  await stack.client.webhooks.test(slow.id);
  await expect.poll(async () => (await receivedAt(slow.url)).length, within).toBe(1);
  const { id } = await stack.client.webhooks.test(quick.id);
  stack.killControlPlane();
  await stack.restartControlPlane();
  await expect.poll(async () => (await stack.client.webhooks.delivery(id)).state, within).toBe("delivered");

  // Its sender died with the answer outstanding: the claim runs out, and it is sent again under the same id.
  await stack.client.webhooks.update(slow.id, { url: `${receiver.url}/slow` });
  await expect
    .poll(async () => (await receivedAt(slow.url)).length, { ...within, timeout: 90_000 })
    .toBeGreaterThanOrEqual(2);
  expect(new Set(idsOf(await receivedAt(slow.url))).size).toBe(1);
});

test("receivers that never answer, pour without end, redirect inside or are gone hold nobody up", async () => {
  const { webhooks } = stack.client;
  const at = (name: string) => `${receiver.url}/${name}`;
  const inside = at("inside");
  // Each host is a tenant's own lane: the dead ones share one, and the good one has another.
  const dead = await webhooks.create({ url: at("dead?hang=1") });
  const pouring = await webhooks.create({
    url: at("pouring?bytes=1000000000").replace("127.0.0.1", "[::ffff:127.0.0.1]"),
  });
  const moved = await webhooks.create({
    url: at(`moved?location=${encodeURIComponent(inside)}`).replace("127.0.0.1", "127.0.0.3"),
  });
  const gone = await webhooks.create({ url: at("gone?status=410").replace("127.0.0.1", "127.0.0.2") });
  const good = await webhooks.create({ url: at("good").replace("127.0.0.1", "localhost") });

  for (let time = 0; time < 12; time++) await webhooks.test(dead.id);
  const startedAt = Date.now();
  const [pouringTest, movedTest, goneTest, goodTest] = await Promise.all(
    [pouring, moved, gone, good].map(({ id }) => webhooks.test(id)),
  );
  const deliveryOf = async (test: { id: string } | undefined) => webhooks.delivery(test?.id ?? "");
  await expect.poll(async () => (await deliveryOf(goodTest)).state, within).toBe("delivered");
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  await expect.poll(async () => (await deliveryOf(goneTest)).state, within).toBe("failed");
  expect(await webhooks.get(gone.id)).toMatchObject({ state: "disabled" });
  await expect.poll(async () => (await deliveryOf(movedTest)).lastStatus, within).toBe(302);
  expect(await receivedAt(inside)).toEqual([]);
  await expect.poll(async () => (await deliveryOf(pouringTest)).state, within).toBe("delivered");
  expect((await deliveryOf(pouringTest)).response).toHaveLength(1_024);
  await expect.poll(async () => (await webhooks.get(dead.id)).state, within).toBe("paused");
});

test("the command line does what the API can, and follows events as they come", async () => {
  const cli = cliIn(stack);
  const { child, ended: followed } = cli.start(["events", "--follow", "--json"]);
  try {
    const made = await cli.run("webhooks", "create", `${receiver.url}/cli`, "--events", "job.failed", "--json");
    const id = String(made.json[0]?.id);
    expect(made.json[0]).toMatchObject({ events: ["job.failed"], state: "unverified" });
    const { stderr } = await cli.run("webhooks", "create", `${receiver.url}/other`, "--events", "job.moved");
    expect(stderr).toContain("once it has answered webhook.verify with the challenge");
    const secret = String(made.json[0]?.secret);
    expect((await cli.run("webhooks", "ls")).stdout).toContain(id);
    expect((await cli.run("webhooks", "show", id, "--json")).stdout).not.toContain("whsec_");

    const deliveryId = (await cli.run("webhooks", "test", id)).stdout.trim();
    await expect.poll(async () => (await receivedAt(`${receiver.url}/cli`)).length, within).toBe(1);
    const deliveredTests = ["--webhook", id, "--event", "webhook.test", "--state", "delivered"];
    const shown = await cli.run("webhooks", "delivery", deliveryId);
    expect(shown.stdout).toContain("webhook-signature: v1,");
    expect((await cli.run("webhooks", "deliveries", ...deliveredTests, "--json")).json).toHaveLength(1);
    expect((await cli.run("webhooks", "redeliver", deliveryId)).stdout).toBe(`${deliveryId}  pending\n`);
    await expect.poll(async () => (await receivedAt(`${receiver.url}/cli`)).length, within).toBe(2);

    const rotated = (await cli.run("webhooks", "rotate-secret", id)).stdout.trim();
    expect(rotated).toMatch(/^whsec_/);
    expect(rotated).not.toBe(secret);
    expect((await cli.run("webhooks", "job-secret")).stdout).toMatch(/^whsec_/);
    expect((await cli.run("webhooks", "update", id, "--disable", "--json")).json[0]).toMatchObject({
      state: "disabled",
    });
    expect((await cli.run("webhooks", "delete", id)).stdout).toBe(`${id}  deleted\n`);
    expect((await cli.run("webhooks", "show", id)).code).toBe(3);

    const listed = (await cli.run("events", "--type", "webhook.test", "--json")).json;
    expect(listed).toMatchObject([{ type: "webhook.test", data: { webhookId: id } }]);
    await new Promise((wait) => setTimeout(wait, 3_000));
    child.kill("SIGINT");
    const { json, code } = await followed;
    expect([json.filter(({ id: event }) => event === listed[0]?.id).length, code]).toEqual([1, 130]);
  } finally {
    child.kill("SIGKILL");
  }
});
