import type { DeadLetter } from "@reelway/shared/contracts/dead-letter";
import { idEnd } from "../../parts/id-end.ts";

/** What people call a failed job: by its source's file, or by its id where that is not known any more. */
export function letterName({ sourceName, id }: Pick<DeadLetter, "sourceName" | "id">): string {
  return sourceName ?? `Job ${idEnd(id)}`;
}
