import type { Client } from "@reelway/shared/client/client";
import { afterEach, beforeEach } from "vitest";
import type { ReceivedWebhook } from "../support/received-webhooks.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

interface WebhookStack {
  stack: TestStack;
  receiver: WebhookReceiver;
}

/** A stack that may call this machine and a receiver beside it, anew for each test of a file. */
export function stackWithReceiver(): Readonly<WebhookStack> {
  const on = {} as WebhookStack;
  beforeEach(async () => {
    on.receiver = await startWebhookReceiver();
    on.stack = await startTestStack({ settings: { REELWAY_CRON_SECONDS: "1", ALLOW_PRIVATE_URLS: "true" } });
  });
  afterEach(async () => {
    await on.stack.stop();
    await on.receiver.close();
  });
  return on;
}

export const within = { timeout: 60_000, interval: 200 };

export const idsOf = (webhooks: readonly ReceivedWebhook[]) => webhooks.map(({ headers }) => headers["webhook-id"]);

export const eventsOfJob = async (client: Client, jobId: string) =>
  (await client.events.list({ jobId, limit: 100 })).items;
