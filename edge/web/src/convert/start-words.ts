import type { Item, Standing } from "../upload/item.ts";

/** What is to be done next where nothing waits to be sent, as the sources stand that were chosen before. */
export function startWords(items: readonly Item[]): string {
  const those = (...kinds: readonly Standing["kind"][]) =>
    items.filter(({ standing }) => kinds.includes(standing.value.kind));
  const interrupted = those("interrupted");
  const paused = those("paused");
  const onTheWay = those("waiting", "uploading", "offline", "ordering");
  const failed = those("failed");
  if (interrupted.length > 0)
    return interrupted.every(isAtHand)
      ? `Resume ${named(interrupted, "the interrupted files")} to go on.`
      : `Choose ${named(interrupted, "the interrupted files")} again to go on.`;
  if (paused.length > 0) return `Resume ${named(paused, "the paused files")} to go on.`;
  if (onTheWay.length === 1)
    return `${named(onTheWay, "")} becomes a job when it is up. Choose another to convert more.`;
  if (onTheWay.length > 1)
    return `${onTheWay.length} sources become jobs when they are up. Choose more to convert more.`;
  if (failed.length > 0) return `Try ${named(failed, "those that failed")} again, or choose another.`;
  if (items.length === 0) return "Choose a file or a URL first.";
  return items.length === 1
    ? "It is sent. Choose another to convert more."
    : "All are sent. Choose more to convert more.";
}

/** Whether its file can be had again without being chosen. */
export function isAtHand({ source: { value } }: Item): boolean {
  return value.kind === "kept" && value.kept.handle !== undefined;
}

function named(items: readonly Item[], many: string): string {
  const [item] = items;
  return items.length === 1 && item ? item.name : many;
}
