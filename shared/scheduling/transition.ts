import type { Circumstances, Commands, CommandType, Replies } from "./commands.ts";
import { acknowledge } from "./machine/acknowledge.ts";
import { cancel } from "./machine/cancel.ts";
import { complete } from "./machine/complete.ts";
import { Draft } from "./machine/draft.ts";
import { enqueue } from "./machine/enqueue.ts";
import { fail } from "./machine/fail.ts";
import { heartbeat } from "./machine/heartbeat.ts";
import { lease } from "./machine/lease.ts";
import { limitTenant } from "./machine/limit-tenant.ts";
import { release } from "./machine/release.ts";
import { resetBreaker } from "./machine/reset-breaker.ts";
import { tick } from "./machine/tick.ts";
import type { QueueReader, Write } from "./store.ts";

type Handler<T extends CommandType> = (draft: Draft, command: Commands[T], circumstances: Circumstances) => Replies[T];

const handlers: { readonly [T in CommandType]: Handler<T> } = {
  enqueue,
  cancel,
  lease,
  heartbeat,
  complete,
  fail,
  release,
  tick,
  acknowledge,
  resetBreaker,
  limitTenant,
};

/**
 * The queue itself: what a command changes, as a list of writes, and what it answers. It only reads; the same rows,
 * command and circumstances always give the same writes and reply.
 */
export function transition<T extends CommandType>(
  reader: QueueReader,
  command: Commands[T] & { readonly type: T },
  circumstances: Circumstances,
): { reply: Replies[T]; writes: Write[] } {
  const handle: Handler<T> = handlers[command.type];
  const draft = new Draft(reader, circumstances.now);
  const reply = handle(draft, command, circumstances);
  return { reply, writes: draft.writes() };
}
