import { ApiKey, ApiKeyCreated, type ApiKeyRequest, type OwnKeyRequest } from "../contracts/api-key.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";

/** Platform admins may name another tenant than their own. */
interface OtherTenant {
  tenantId?: string | undefined;
}

/** API keys of a tenant, and those that hang on one user. */
export function keysResource(http: Http) {
  return {
    /** The answer holds the secret: it is shown this once. */
    create: (request: ApiKeyRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/keys", body: request, schema: ApiKeyCreated, signal }),
    list: (query: Partial<PageQuery> & OtherTenant = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/keys", query: { ...query }, schema: page(ApiKey), signal }),
    /** A key that hangs on the user who is signed in, whatever their role. */
    createOwn: (request: OwnKeyRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/auth/keys", body: request, schema: ApiKeyCreated, signal }),
    listOwn: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/auth/keys", query, schema: page(ApiKey), signal }),
    revokeOwn: (id: string, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/auth/keys/${id}`, signal }),
    /**
     * The key is refused everywhere within 30 seconds. The platform's last admin key stays while no admin can sign in:
     * `last_admin_key`.
     */
    revoke: (id: string, query: OtherTenant = {}, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/keys/${id}`, query: { ...query }, signal }),
  };
}
