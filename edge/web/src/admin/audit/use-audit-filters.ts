import { AuditAction, type AuditQuery } from "@reelway/shared/contracts/audit";
import { useLocation, useSearch } from "wouter-preact";

export type AuditFilterName = "action" | "actor" | "resource" | "from" | "to";

/** The filters of the log, kept in the address. `from` and `to` are days of the reader's own calendar, both included. */
export function useAuditFilters() {
  const query = new URLSearchParams(useSearch());
  const [place, go] = useLocation();
  const value = (name: AuditFilterName) => query.get(name) ?? "";
  const show = (next: URLSearchParams) => go(next.size > 0 ? `${place}?${next}` : place, { replace: true });
  const set = (name: AuditFilterName, chosen: string) => {
    const next = new URLSearchParams(query);
    if (chosen === "") next.delete(name);
    else next.set(name, chosen);
    show(next);
  };
  const clear = () => {
    const tenant = query.get("tenant");
    show(new URLSearchParams(tenant === null ? {} : { tenant }));
  };
  const action = AuditAction.safeParse(value("action")).data;
  const after = startOfDay(value("from"));
  const before = startOfDay(value("to"), 1);
  const filters: AuditQuery = {
    ...(action && { action }),
    ...(value("actor") && { actorId: value("actor") }),
    ...(value("resource") && { resource: value("resource") }),
    ...(after === null ? {} : { after }),
    ...(before === null ? {} : { before }),
  };
  return { value, set, clear, filters, isFiltered: Object.keys(filters).length > 0 };
}

/** So many calendar days later, which are not always of 24 hours. Null for what is no day. */
function startOfDay(day: string, daysLater = 0): number | null {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + daysLater);
  const at = date.getTime();
  return Number.isFinite(at) && at >= 0 ? at : null;
}
