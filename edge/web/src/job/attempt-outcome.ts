import type { Attempt } from "@reelway/shared/contracts/dead-letter";

/** How an attempt ended, in words that go on with "after 12 s". */
export const outcomeWords: Readonly<Record<Attempt["outcome"], string>> = {
  completed: "done",
  failed: "failed",
  lost: "its runner was lost",
  canceled: "canceled",
  outrun: "outrun by another runner",
};
