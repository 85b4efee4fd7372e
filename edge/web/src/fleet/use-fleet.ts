import { useQuery } from "@tanstack/preact-query";
import { client } from "../api/client.ts";
import { useMay } from "../session/session.ts";

/** How often the page looks again at what changes by itself. */
export const refreshMs = 4_000;

export function useRegionReports() {
  return useQuery({
    queryKey: ["regions", "reports"],
    queryFn: async ({ signal }) => (await client.regions.list(signal)).items,
    refetchInterval: refreshMs,
  });
}

/** Who is paused for failing; nothing for those who may not know. */
export function useBreakers() {
  const may = useMay();
  return useQuery({
    queryKey: ["breakers"],
    queryFn: ({ signal }) => client.breakers.list(signal),
    enabled: may("breakers:read"),
    refetchInterval: refreshMs,
  });
}
