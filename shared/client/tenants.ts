import { type PageQuery, page } from "../contracts/page.ts";
import { Tenant, type TenantRequest } from "../contracts/tenant.ts";
import type { Http } from "./http.ts";

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
  };
}
