import { type ErrorCode, errorCodes } from "@reelway/shared/errors/catalogue";
import { TenantId } from "@reelway/shared/ids";
import { RegionId } from "@reelway/shared/regions";
import { useLocation, useSearch } from "wouter-preact";
import { z } from "zod";

type FilterName = "code" | "preset" | "region" | "hours" | "tenant" | "discarded";

/** The filters of the list, kept in the address: it can be shared, and Back leads to what was shown. */
export function useDeadLetterFilters() {
  const query = new URLSearchParams(useSearch());
  const [place, go] = useLocation();
  const value = (name: FilterName) => query.get(name) ?? "";
  const set = (name: FilterName, chosen: string) => {
    const next = new URLSearchParams(query);
    if (chosen === "") next.delete(name);
    else next.set(name, chosen);
    go(next.size > 0 ? `${place}?${next}` : place, { replace: true });
  };
  const code: ErrorCode | undefined = z.enum(errorCodes).safeParse(value("code")).data;
  const region = RegionId.safeParse(value("region")).data;
  const tenantId = TenantId.safeParse(value("tenant")).data;
  const hours = Number(value("hours"));
  const filters = {
    ...(code && { code }),
    ...(region && { region }),
    ...(tenantId && { tenantId }),
    ...(value("preset") && { preset: value("preset") }),
  };
  return {
    value,
    set,
    filters,
    /** How long ago a job failed at most, hours; null for any time. */
    hours: hours > 0 ? hours : null,
    discarded: value("discarded") === "true",
    isFiltered: query.size > 0,
    clear: () => go(place, { replace: true }),
  };
}

/** Failed at this time or later: to the minute, so that a list which is read again is the same list. */
export function sinceOf(hours: number | null, now: number): { readonly since?: number } {
  return hours === null ? {} : { since: Math.floor((now - hours * 3_600_000) / 60_000) * 60_000 };
}
