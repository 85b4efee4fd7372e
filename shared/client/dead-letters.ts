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
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/dead-letters/${id}`, schema: DeadLetterDetail, signal }),
    /** Each by itself: the answer says what became of which. */
    replay: (selection: DeadLetterSelection, signal?: AbortSignal) => act("replay", selection, signal),
    discard: (selection: DeadLetterSelection, signal?: AbortSignal) => act("discard", selection, signal),
  };
}
