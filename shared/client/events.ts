import type { z } from "zod";
import { type Event, EventsPage, type EventsQuery } from "../contracts/event.ts";
import { limits } from "../limits.ts";
import type { Http } from "./http.ts";

type EventFilters = Partial<z.output<typeof EventsQuery>>;

/** Between two looks for new events, milliseconds. */
const lookEveryMs = 2_000;

/** What happened, in order, kept for 30 days: what webhooks tell, to be read again from any point. */
export function eventsResource(http: Http) {
  const list = (query: EventFilters = {}, signal?: AbortSignal) =>
    http.json({ method: "GET", path: "/events", query, schema: EventsPage, signal });

  return {
    /** Oldest first, behind `after`. */
    list,
    /** Every event behind `after` as it comes, without an end; without `after`, those from now on. */
    async *follow(query: EventFilters = {}, signal?: AbortSignal): AsyncGenerator<Event> {
      let after = query.after ?? (await list({ limit: 1 }, signal)).lastSequence;
      for (;;) {
        const { items, lastSequence } = await list({ ...query, after, limit: limits.pageSizeMax }, signal);
        yield* items;
        const more = items.length === limits.pageSizeMax;
        // What the filters left out up to there needs not be looked at again.
        after = more ? (items.at(-1)?.sequence ?? after) : Math.max(after, lastSequence);
        if (!more) await http.pacing.sleep(lookEveryMs, signal);
      }
    },
  };
}
