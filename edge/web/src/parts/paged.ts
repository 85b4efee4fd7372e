import type { Page } from "@reelway/shared/contracts/page";
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";

/** A list as the API gives it: a page at a time, newest first. */
export interface Paged<Item> {
  /** Undefined while the first page is on its way. */
  readonly items: readonly Item[] | undefined;
  readonly error: Error | null;
  /** Shown is what was asked for before. */
  readonly isStale: boolean;
  /** From 1. */
  readonly page: number;
  /** Undefined on the newest page. */
  readonly newer: (() => void) | undefined;
  /** Undefined on the oldest page. */
  readonly older: (() => void) | undefined;
  readonly refetch: () => void;
}

interface PagedOptions<Item> {
  /** Names the list and its filters: another key is another list, from its first page. */
  readonly key: readonly unknown[];
  readonly read: (cursor: { cursor?: string }, signal: AbortSignal) => Promise<Page<Item>>;
  readonly refreshMs?: number;
  /** It is read when it is opened, and then only when somebody comes back to the window after this long. */
  readonly staleMs?: number;
}

export function usePaged<Item>({ key, read, refreshMs, staleMs }: PagedOptions<Item>): Paged<Item> {
  const name = JSON.stringify(key);
  // The cursors of the pages up to this one; a page belongs to its list.
  const [trail, setTrail] = useState<{ name: string; cursors: readonly string[] }>({ name, cursors: [] });
  const cursors = trail.name === name ? trail.cursors : [];
  const cursor = cursors.at(-1);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: [...key, cursor],
    queryFn: ({ signal }) => read(cursor === undefined ? {} : { cursor }, signal),
    refetchInterval: refreshMs ?? false,
    ...(staleMs === undefined ? {} : { staleTime: staleMs, refetchOnMount: "always" }),
    placeholderData: keepPreviousData,
  });
  const go = (next: readonly string[]) => {
    setTrail({ name, cursors: next });
    window.scrollTo(0, 0);
  };
  const nextCursor = data?.nextCursor;
  return {
    items: data?.items,
    error,
    isStale: isPlaceholderData,
    page: cursors.length + 1,
    newer: cursors.length === 0 ? undefined : () => go(cursors.slice(0, -1)),
    // A cursor of the list before leads nowhere in this one.
    older: nextCursor ? () => !isPlaceholderData && go([...cursors, nextCursor]) : undefined,
    refetch: () => void refetch(),
  };
}
