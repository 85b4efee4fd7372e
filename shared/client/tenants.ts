import { type PageQuery, page } from "../contracts/page.ts";
import { Tenant, type TenantRequest, type TenantUpdate } from "../contracts/tenant.ts";
import { type Http, pathOf } from "./http.ts";

/** Who shares the installation. All but `own` is for platform admins. */
export function tenantsResource(http: Http) {
  return {
    create: (request: TenantRequest, signal?: AbortSignal) =>
      http.json({
        method: "POST",
        path: "/tenants",
        body: request,
        idempotencyKey: crypto.randomUUID(),
        schema: Tenant,
        signal,
      }),
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/tenants", query, schema: page(Tenant), signal }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/tenants/${id}`, schema: Tenant, signal }),
    /** The caller's own. */
    own: (signal?: AbortSignal) => http.json({ method: "GET", path: "/tenant", schema: Tenant, signal }),
    update: (id: string, update: TenantUpdate, signal?: AbortSignal) =>
      http.json({ method: "PATCH", path: pathOf`/tenants/${id}`, body: update, schema: Tenant, signal }),
  };
}
