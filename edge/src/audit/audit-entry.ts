import type { AuditAction } from "@reelway/shared/contracts/audit";
import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { callerPlace } from "../safety/caller-address.ts";
import type { AuditRow } from "../store/rows.ts";

/** A line of the audit log that is yet to be stored. */
export type AuditEntry = Omit<AuditRow, "sequence">;

export interface Audited {
  readonly action: AuditAction;
  /** The id of what is changed. */
  readonly resource?: string | undefined;
  /** Whose log it goes to; default: the caller's tenant. */
  readonly tenantId?: string | undefined;
  /** What people will want to know of it later. Never a secret. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** The line that tells of a change by this request's caller. Without a caller (a login, a registration) give the tenant. */
export function auditOf(c: Context<AppEnv>, { action, resource, tenantId, detail }: Audited): AuditEntry {
  const principal: AppEnv["Variables"]["principal"] | undefined = c.get("principal");
  const own = principal === undefined || principal.kind === "runner" ? "" : principal.tenantId;
  return {
    tenantId: tenantId ?? own,
    at: Date.now(),
    actorKind: principal?.kind ?? "anonymous",
    actorId: principal?.id ?? null,
    action,
    resource: resource ?? null,
    requestId: c.get("requestId"),
    ...callerPlace(c),
    detail: detail ? { ...detail } : null,
  };
}

/** The line that tells of a change that nobody asked for: a sweep, a retention, a breaker. */
export function auditOfSystem({ action, resource, tenantId, detail }: Audited & { tenantId: string }): AuditEntry {
  return {
    tenantId,
    at: Date.now(),
    actorKind: "system",
    actorId: null,
    action,
    resource: resource ?? null,
    requestId: null,
    ip: null,
    country: null,
    detail: detail ? { ...detail } : null,
  };
}

/** Makes the audit lines of one request, for use cases that learn only on the way what they change. */
export type Auditor = (audited: Audited) => AuditEntry;

export function auditorOf(c: Context<AppEnv>): Auditor {
  return (audited) => auditOf(c, audited);
}
