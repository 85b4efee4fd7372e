import { limits } from "../limits.ts";
import type { QueueEvent } from "./records.ts";
import type { QueueStore } from "./store.ts";

/** Events in their order, and whether there are others behind them. */
export interface EventPage {
  readonly events: QueueEvent[];
  readonly more: boolean;
}

/** The kept events with a higher number, oldest first: a bounded number of them, and of bytes. */
export function eventPage(store: QueueStore, afterSequence: number): EventPage {
  const waiting = store.events(afterSequence, limits.eventsPerPull);
  const events: QueueEvent[] = [];
  for (let bytes = 0; bytes <= limits.eventBytesPerPull && events.length < waiting.length; ) {
    const event = waiting[events.length];
    if (!event) break;
    events.push(event);
    bytes += bytesOf(event);
  }
  return { events, more: events.length < waiting.length || waiting.length === limits.eventsPerPull };
}

const utf8 = new TextEncoder();

/** What the projection's statements hold of it, of which D1 takes 2 MB in one string: texts within texts, escaped. */
function bytesOf({ result, error }: QueueEvent): number {
  return utf8.encode(JSON.stringify([result, error && JSON.stringify(error)])).byteLength;
}
