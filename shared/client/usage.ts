import type { z } from "zod";
import { page } from "../contracts/page.ts";
import { type TenantsUsageQuery, TenantUsage, Usage, type UsageQuery } from "../contracts/usage.ts";
import type { Http } from "./http.ts";

/** What was used, by UTC day: times in seconds, sizes in bytes. */
export function usageResource(http: Http) {
  return {
    /** One tenant's, day by day. */
    get: (query: UsageQuery = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/usage", query: { ...query }, schema: Usage, signal }),
    /** All tenants', for those who run the installation. */
    byTenant: (query: Partial<z.output<typeof TenantsUsageQuery>> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/usage/tenants", query, schema: page(TenantUsage), signal }),
  };
}
