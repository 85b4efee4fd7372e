import type { RegionId } from "@reelway/shared/regions";
import { useQueries } from "@tanstack/preact-query";
import { client } from "../../api/client.ts";
import { refreshMs } from "../use-fleet.ts";

const perPage = 50;

/** A region's runners, a page at a time; who is revoked is not among them. */
export function runnerPages(region: RegionId) {
  return {
    key: ["runners", "list", region],
    read: (cursor: { cursor?: string }, signal: AbortSignal) =>
      client.runners.list({ region, revoked: "false", ...cursor, limit: perPage }, signal),
    refreshMs,
  };
}

/** The first page of each region: which of them have runners at all. */
export function useFirstPages(shown: readonly RegionId[]) {
  return useQueries({
    queries: shown.map((region) => {
      const { key, read } = runnerPages(region);
      return {
        // As a list names the page before its first cursor: it is read once for both.
        queryKey: [...key, undefined],
        queryFn: ({ signal }: { signal: AbortSignal }) => read({}, signal),
        refetchInterval: refreshMs,
      };
    }),
  });
}
