import { useQuery } from "@tanstack/preact-query";
import { client } from "../api/client.ts";
import { idEnd } from "../parts/id-end.ts";
import { useMay } from "../session/session.ts";

/** What runners are called, for those who may see the fleet; the end of their ids for all others. */
export function useRunnerNames(): (id: string) => string {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ["runner-names"],
    queryFn: async ({ signal }) => (await client.runners.list({ limit: 100 }, signal)).items,
    enabled: may("runners:read"),
    staleTime: 60_000,
  });
  return (id) => data?.find((runner) => runner.id === id)?.name ?? idEnd(id);
}
