import { WebhookPayload } from "@reelway/shared/contracts/webhook";
import { Webhook as Verifier } from "standardwebhooks";
import { expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { receivedAt } from "../support/received-webhooks.ts";
import { ended, submit } from "./convert.ts";
import { eventsOfJob, idsOf, stackWithReceiver, within } from "./webhook-stack.ts";

const on = stackWithReceiver();

test("a job's life arrives signed, at a good receiver at once, and later at one that fails at first", async () => {
  const good = await on.stack.client.webhooks.create({ url: `${on.receiver.url}/good` });
  const poor = await on.stack.client.webhooks.create({
    url: `${on.receiver.url}/poor?fail=1`,
    events: ["job.succeeded"],
  });
  await on.stack.startRunner();
  const { id } = await submit(on.stack.client, smallClip(), { preset: "mp3", metadata: { order: "7" } });
  expect((await ended(on.stack.client, id)).state).toBe("succeeded");

  await expect.poll(async () => (await receivedAt(good.url)).length, within).toBeGreaterThanOrEqual(2);
  const told = await eventsOfJob(on.stack.client, id);
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
