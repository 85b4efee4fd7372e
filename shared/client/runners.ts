import { type PageQuery, page } from "../contracts/page.ts";
import {
  RegistrationToken,
  RegistrationTokenCreated,
  type RegistrationTokenRequest,
  Runner,
} from "../contracts/runner.ts";
import { type Http, pathOf } from "./http.ts";

export function runnersResource(http: Http) {
  return {
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/runners", query, schema: page(Runner), signal }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/runners/${id}`, schema: Runner, signal }),
    /** The answer holds the token: it is shown this once. */
    createToken: (request: RegistrationTokenRequest = {}, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/runners/tokens", body: request, schema: RegistrationTokenCreated, signal }),
    listTokens: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/runners/tokens", query, schema: page(RegistrationToken), signal }),
    revokeToken: (id: string, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/runners/tokens/${id}`, signal }),
    /** It ends what it works on and takes nothing new. */
    drain: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/runners/${id}/drain`, schema: Runner, signal }),
    resume: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/runners/${id}/resume`, schema: Runner, signal }),
    revoke: (id: string, signal?: AbortSignal) => http.done({ method: "DELETE", path: pathOf`/runners/${id}`, signal }),
  };
}
