import type { z } from "zod";
import { type PageQuery, page } from "../contracts/page.ts";
import {
  RegistrationToken,
  RegistrationTokenCreated,
  type RegistrationTokenRequest,
  Runner,
  type RunnerChanges,
  type RunnersQuery,
  RunnerTasks,
} from "../contracts/runner.ts";
import { type Http, pathOf } from "./http.ts";

/** Hosts that do the work, and the tokens that let new ones in. */
export function runnersResource(http: Http) {
  return {
    list: (query: Partial<z.output<typeof RunnersQuery>> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/runners", query, schema: page(Runner), signal }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/runners/${id}`, schema: Runner, signal }),
    /** What it works on, and which of its attempts failed last. */
    tasks: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/runners/${id}/tasks`, schema: RunnerTasks, signal }),
    /** The answer holds the token: it is shown this once. */
    createToken: (request: RegistrationTokenRequest = {}, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/runners/tokens", body: request, schema: RegistrationTokenCreated, signal }),
    listTokens: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/runners/tokens", query, schema: page(RegistrationToken), signal }),
    /** Runners that came in with it stay. */
    revokeToken: (id: string, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/runners/tokens/${id}`, signal }),
    /** Its name, its labels, how many tasks it works on at once. */
    update: (id: string, changes: RunnerChanges, signal?: AbortSignal) =>
      http.json({ method: "PATCH", path: pathOf`/runners/${id}`, body: changes, schema: Runner, signal }),
    /** It ends what it works on and takes nothing new. */
    drain: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/runners/${id}/drain`, schema: Runner, signal }),
    /** Lets a drained runner take work again. */
    resume: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/runners/${id}/resume`, schema: Runner, signal }),
    /** For good: it gets no more work, and its tasks go to others at once. */
    revoke: (id: string, signal?: AbortSignal) => http.done({ method: "DELETE", path: pathOf`/runners/${id}`, signal }),
  };
}
