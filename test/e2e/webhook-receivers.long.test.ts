import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { agreeAt, askedAt, receivedAt } from "../support/received-webhooks.ts";
import { ended, submit } from "./convert.ts";
import { eventsOfJob, idsOf, stackWithReceiver, within } from "./webhook-stack.ts";

const on = stackWithReceiver();

test("an address that agrees late is told nothing before, and then all that happened in between", async () => {
  const own = `${on.receiver.url}/own?verify=later`.replace("127.0.0.1", "localhost");
  const endpoint = await on.stack.client.webhooks.create({ url: `${on.receiver.url}/late?verify=later` });
  expect(endpoint.state).toBe("unverified");
  await on.stack.startRunner();
  const { id } = await submit(on.stack.client, smallClip(), { preset: "mp3", webhookUrl: own });
  expect((await ended(on.stack.client, id)).state).toBe("succeeded");
  for (const url of [endpoint.url, own])
    await expect.poll(async () => (await askedAt(url)).length, within).toBeGreaterThanOrEqual(1);
  const told = (await eventsOfJob(on.stack.client, id)).map((event) => event.id);
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect([await receivedAt(endpoint.url), await receivedAt(own)]).toEqual([[], []]);

  for (const url of [endpoint.url, own]) await agreeAt(url);
  const cli = cliIn(on.stack);
  expect((await cli.run("webhooks", "show", endpoint.id)).stdout).toContain(`reelway webhooks verify ${endpoint.id}`);
  const { stdout } = await cli.run("webhooks", "verify", endpoint.id);
  await expect
    .poll(async () => (await on.stack.client.webhooks.delivery(stdout.trim())).state, within)
    .toBe("delivered");
  expect(await on.stack.client.webhooks.get(endpoint.id)).toMatchObject({ state: "enabled" });
  // The job's address is asked again by itself, or when one of its events is to be sent again.
  const { items } = await on.stack.client.webhooks.deliveries({ state: "pending", eventType: "job.created" });
  for (const waiting of items) await on.stack.client.webhooks.redeliver(waiting.id);
  for (const url of [endpoint.url, own])
    await expect.poll(async () => idsOf(await receivedAt(url)), within).toEqual(expect.arrayContaining(told));
});

test("the control plane killed while it sends: delivered all the same, and nothing is forgotten", async () => {
  const slow = await on.stack.client.webhooks.create({ url: `${on.receiver.url}/slow?hang=1` });
  const quick = await on.stack.client.webhooks.create({
    url: `${on.receiver.url}/quick`.replace("127.0.0.1", "localhost"),
  });
  await on.stack.client.webhooks.test(slow.id);
  await expect.poll(async () => (await receivedAt(slow.url)).length, within).toBe(1);
  const { id } = await on.stack.client.webhooks.test(quick.id);
  on.stack.killControlPlane();
  await on.stack.restartControlPlane();
  await expect.poll(async () => (await on.stack.client.webhooks.delivery(id)).state, within).toBe("delivered");

  // Its sender died with the answer outstanding: the claim runs out, and it is sent again under the same id.
  await on.stack.client.webhooks.update(slow.id, { url: `${on.receiver.url}/slow` });
  await expect
    .poll(async () => (await receivedAt(slow.url)).length, { ...within, timeout: 90_000 })
    .toBeGreaterThanOrEqual(2);
  expect(new Set(idsOf(await receivedAt(slow.url))).size).toBe(1);
});

test("receivers that never answer, pour without end, redirect inside or are gone hold nobody up", async () => {
  const { webhooks } = on.stack.client;
  const at = (name: string) => `${on.receiver.url}/${name}`;
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
  const cli = cliIn(on.stack);
  const { child, ended: followed } = cli.start(["events", "--follow", "--json"]);
  try {
    const made = await cli.run("webhooks", "create", `${on.receiver.url}/cli`, "--events", "job.failed", "--json");
    const id = String(made.json[0]?.id);
    expect(made.json[0]).toMatchObject({ events: ["job.failed"], state: "unverified" });
    const { stderr } = await cli.run("webhooks", "create", `${on.receiver.url}/other`, "--events", "job.moved");
    expect(stderr).toContain("once it has answered webhook.verify with the challenge");
    const secret = String(made.json[0]?.secret);
    expect((await cli.run("webhooks", "ls")).stdout).toContain(id);
    expect((await cli.run("webhooks", "show", id, "--json")).stdout).not.toContain("whsec_");

    const deliveryId = (await cli.run("webhooks", "test", id)).stdout.trim();
    await expect.poll(async () => (await receivedAt(`${on.receiver.url}/cli`)).length, within).toBe(1);
    const deliveredTests = ["--webhook", id, "--event", "webhook.test", "--state", "delivered"];
    const shown = await cli.run("webhooks", "delivery", deliveryId);
    expect(shown.stdout).toContain("webhook-signature: v1,");
    expect((await cli.run("webhooks", "deliveries", ...deliveredTests, "--json")).json).toHaveLength(1);
    expect((await cli.run("webhooks", "redeliver", deliveryId)).stdout).toBe(`${deliveryId}  pending\n`);
    await expect.poll(async () => (await receivedAt(`${on.receiver.url}/cli`)).length, within).toBe(2);

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
