import { JobKind } from "@reelway/shared/contracts/job-spec";
import { JobState } from "@reelway/shared/jobs/state-machine";
import { useLocation, useSearch } from "wouter-preact";
import { foundBy } from "./found-by.ts";

const filterNames = ["state", "kind", "preset", "search"] as const;
type FilterName = (typeof filterNames)[number];

/** The filters of the list, kept in the address: it can be shared, and Back leads to what was shown. */
export function useFilters() {
  const query = new URLSearchParams(useSearch());
  const [, go] = useLocation();
  const value = (name: FilterName) => query.get(name) ?? "";
  const set = (name: FilterName, chosen: string) => {
    const next = new URLSearchParams(query);
    next.delete("focus");
    if (chosen === "") next.delete(name);
    else next.set(name, chosen);
    go(next.size > 0 ? `/jobs?${next}` : "/jobs", { replace: true });
  };
  const state = JobState.safeParse(value("state")).data;
  const kind = JobKind.safeParse(value("kind")).data;
  const found = foundBy(value("search"));
  const filters = found && {
    ...(state && { state }),
    ...(kind && { kind }),
    ...(value("preset") && { preset: value("preset") }),
    ...found,
  };
  return {
    value,
    set,
    /** Null where no job can match. */
    filters,
    /** Equal where the filters are. */
    key: JSON.stringify(filters),
    isFiltered: filters === null || Object.keys(filters).length > 0,
    clear: () => go("/jobs", { replace: true }),
    /** The search was asked for by its shortcut. */
    focusSearch: query.get("focus") === "search",
  };
}
