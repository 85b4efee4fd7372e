import type { Circumstances, Commands, CommandType, Replies } from "./commands.ts";
import type { QueueStore } from "./store.ts";
import { transition } from "./transition.ts";

/** Carries a command out: its transition and all of its writes in one transaction, or nothing. */
export function execute<T extends CommandType>(
  store: QueueStore,
  command: Commands[T] & { readonly type: T },
  circumstances: Circumstances,
): Replies[T] {
  return store.transaction(() => {
    const { reply, writes } = transition<T>(store, command, circumstances);
    store.apply(writes);
    return reply;
  });
}
