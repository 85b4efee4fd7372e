import type { z } from "zod";
import {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterOutcomes,
  type DeadLetterSelection,
  type DeadLettersQuery,
} from "../contracts/dead-letter.ts";
import { page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";

/** Jobs that failed and that nobody has looked at yet. */
export function deadLettersResource(http: Http) {
  const act = (verb: "replay" | "discard", selection: DeadLetterSelection, signal?: AbortSignal) =>
    http.json({
      method: "POST",
      path: `/dead-letters/${verb}`,
      body: selection,
      schema: DeadLetterOutcomes,
      signal,
    });
  return {
    list: (query: Partial<z.output<typeof DeadLettersQuery>> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/dead-letters", query, schema: page(DeadLetter), signal }),
    /** With each of its attempts and what was logged at its end. */
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/dead-letters/${id}`, schema: DeadLetterDetail, signal }),
    /** Runs jobs again, each by itself: the answer says what became of which. */
    replay: (selection: DeadLetterSelection, signal?: AbortSignal) => act("replay", selection, signal),
    /** Takes jobs off the list, each by itself; they are not deleted. */
    discard: (selection: DeadLetterSelection, signal?: AbortSignal) => act("discard", selection, signal),
  };
}
