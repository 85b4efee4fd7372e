import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { findDeadMessage, removeDeadMessage } from "../store/dead-messages.ts";

/**
 * Sends a dead message to its queue once more, then forgets it: a crash in between sends it twice, which every consumer
 * bears. Throws `not_found`, or `illegal_move` where this version has no such queue.
 */
export async function replayDeadMessage(env: Env, id: string, audit: AuditEntry): Promise<void> {
  const message = await findDeadMessage(env, id);
  if (!message) throw new ReelwayError("not_found");
  const send = senderOf(env, message.queue);
  if (!send) throw new ReelwayError("illegal_move", `There is no queue to send it to: it came from ${message.queue}`);
  await send(JSON.parse(message.body));
  await removeDeadMessage(env, id, audit);
}

/** How to send to the queue whose dead letters this one takes: `<prefix>-jobs-weur-dead` is that of JOBS_WEUR. */
function senderOf(env: Env, deadQueue: string): ((body: unknown) => Promise<unknown>) | undefined {
  const queues: Readonly<Record<string, { send(body: unknown): Promise<unknown> }>> = {
    "jobs-enam": env.JOBS_ENAM,
    "jobs-weur": env.JOBS_WEUR,
    "jobs-apac": env.JOBS_APAC,
    "job-events": env.JOB_EVENTS,
    webhooks: env.WEBHOOKS,
  };
  const found = Object.entries(queues).find(([name]) => new RegExp(`(^|-)${name}-dead$`).test(deadQueue));
  return found && ((body) => found[1].send(body));
}
