import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { takeOn } from "../webhooks/deliver.ts";
import type { WebhooksMessage } from "./messages.ts";

interface Received {
  readonly message: Pick<Message, "ack" | "retry" | "attempts">;
  readonly body: WebhooksMessage;
}

/**
 * Takes on the deliveries that these messages name, and sends them in the background: a receiver that is slow to answer
 * must not hold up the next batch. A message is done when its delivery is claimed, or can't be at this moment: what is
 * due then is in D1, where whoever keeps its host or its tenant busy, and the sweep, find it.
 */
export async function deliverWebhooks(
  env: Env,
  messages: readonly Received[],
  context: Pick<ExecutionContext, "waitUntil">,
  log: Log,
): Promise<void> {
  await Promise.all(
    messages.map(async ({ message, body }) => {
      try {
        const work = await takeOn(env, body.deliveryId);
        if (work) context.waitUntil(work());
        message.ack();
      } catch (error) {
        log.warn("webhook not taken on", { deliveryId: body.deliveryId, error });
        message.retry({ delaySeconds: message.attempts });
      }
    }),
  );
}
