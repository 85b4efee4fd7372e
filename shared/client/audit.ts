import { type AuditQuery, AuditRecord, AuditVerification } from "../contracts/audit.ts";
import { page } from "../contracts/page.ts";
import type { Http } from "./http.ts";

/** Who changed what, when, from where. */
export function auditResource(http: Http) {
  return {
    list: (query: Partial<AuditQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/audit", query: queryOf(query), schema: page(AuditRecord), signal }),
    /** Recomputes the hash chain behind a sequence, a bounded stretch at a time. Platform admins only. */
    verify: (after = 0, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/audit/verify", query: { after }, schema: AuditVerification, signal }),
  };
}

/** Numbers come as numbers or as text: the schema takes both. */
function queryOf(query: Partial<AuditQuery>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, value === undefined ? undefined : String(value)]),
  );
}
