import { ApiKey, ApiKeyCreated, type ApiKeyRequest } from "../contracts/api-key.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";

/** Platform admins may name another tenant than their own. */
interface OtherTenant {
  tenantId?: string | undefined;
}

export function keysResource(http: Http) {
  return {
    /** The answer holds the secret: it is shown this once. */
    create: (request: ApiKeyRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/keys", body: request, schema: ApiKeyCreated, signal }),
    list: (query: Partial<PageQuery> & OtherTenant = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/keys", query: { ...query }, schema: page(ApiKey), signal }),
    revoke: (id: string, query: OtherTenant = {}, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/keys/${id}`, query: { ...query }, signal }),
  };
}
