import type { z } from "zod";
import { deliverOutbox } from "../dispatch/deliver-outbox.ts";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { projectShard } from "../projection/project.ts";
import { hurryWebhooks } from "../webhooks/hurry.ts";
import { storeDeadMessages } from "./dead-messages.ts";
import { deliverWebhooks } from "./deliver-webhooks.ts";
import { JobEventsMessage, JobsMessage, WebhooksMessage } from "./messages.ts";

type Background = Pick<ExecutionContext, "waitUntil">;

/** The consumer of every queue. Messages are acknowledged one by one; what fails comes back, and in the end lies dead. */
export async function handleQueue(batch: MessageBatch<unknown>, env: Env, context: Background): Promise<void> {
  const log = createLog({ queue: batch.queue });
  if (batch.queue.endsWith("-dead")) return storeDeadMessages(env.DB, batch, log);
  if (batch.queue.endsWith("-job-events")) return projectRungShards(env, batch, context, log);
  if (batch.queue.endsWith("-webhooks")) return deliverWebhooks(env, parsed(batch, WebhooksMessage, log), context, log);
  return deliverJobs(env, batch, log);
}

async function deliverJobs(env: Env, batch: MessageBatch<unknown>, log: Log): Promise<void> {
  const valid = parsed(batch, JobsMessage, log);
  const failed = await deliverOutbox(env, [...new Set(valid.map(({ body }) => body.outboxId))], log);
  for (const { message, body } of valid) {
    if (failed.has(body.outboxId)) message.retry({ delaySeconds: message.attempts });
    else message.ack();
  }
}

async function projectRungShards(env: Env, batch: MessageBatch<unknown>, context: Background, log: Log): Promise<void> {
  for (const [shard, messages] of Map.groupBy(parsed(batch, JobEventsMessage, log), ({ body }) => body.shard)) {
    try {
      await projectShard(env, shard);
      for (const { message } of messages) message.ack();
    } catch (error) {
      log.warn("projection failed", { shard, error });
      for (const { message } of messages) message.retry({ delaySeconds: message.attempts });
    }
  }
  context.waitUntil(hurryWebhooks(env));
}

/** Messages in a form that this version knows. The others come back: a newer version may, else they lie dead. */
function parsed<Schema extends z.ZodType>(batch: MessageBatch<unknown>, schema: Schema, log: Log) {
  return batch.messages.flatMap((message) => {
    const { success, data: body } = schema.safeParse(message.body);
    if (success) return [{ message, body }];
    log.error("message not understood", { messageId: message.id });
    message.retry({ delaySeconds: message.attempts });
    return [];
  });
}
