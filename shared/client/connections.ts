import { Connection, type ConnectionRequest, ConnectionTest } from "../contracts/connection.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";

/** Buckets of the tenant's own. Their secrets are written and never read. */
export function connectionsResource(http: Http) {
  return {
    /** The bucket is tried first, unless `verify` is false. */
    create: (request: ConnectionRequest, options: { verify?: boolean; signal?: AbortSignal | undefined } = {}) =>
      http.json({
        method: "POST",
        path: "/connections",
        query: { verify: String(options.verify ?? true) },
        body: request,
        idempotencyKey: crypto.randomUUID(),
        schema: Connection,
        signal: options.signal,
      }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/connections/${id}`, schema: Connection, signal }),
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/connections", query, schema: page(Connection), signal }),
    /** Tries the bucket now. Refused as `connection_refused`, with the reason, where it does not work. */
    test: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/connections/${id}/test`, schema: ConnectionTest, signal }),
    /** Refused as `connection_in_use` while a live job reads from it or delivers to it. */
    delete: (id: string, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/connections/${id}`, signal }),
  };
}
