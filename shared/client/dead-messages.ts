import { DeadMessage } from "../contracts/dead-message.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";

/** Queue messages that could not be handled. Platform admins and operators only. */
export function deadMessagesResource(http: Http) {
  const act = (id: string, verb: "replay" | "discard", signal?: AbortSignal) =>
    http.done({ method: "POST", path: pathOf`/dead-messages/${id}/${verb}`, signal });
  return {
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/dead-messages", query, schema: page(DeadMessage), signal }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/dead-messages/${id}`, schema: DeadMessage, signal }),
    /** Sends it to its queue once more. */
    replay: (id: string, signal?: AbortSignal) => act(id, "replay", signal),
    /** Forgets it. */
    discard: (id: string, signal?: AbortSignal) => act(id, "discard", signal),
  };
}
