import { useQuery } from "@tanstack/preact-query";
import { client } from "../api/client.ts";
import { useMay } from "../session/session.ts";

/** The tenants, for those who see more than their own; the first hundred of them. */
export function useTenants(): readonly { readonly id: string; readonly name: string }[] {
  const may = useMay();
  const { data = [] } = useQuery({
    queryKey: ["tenant-names"],
    queryFn: async ({ signal }) => (await client.tenants.list({ limit: 100 }, signal)).items,
    enabled: may("tenants:read"),
    staleTime: 60_000,
  });
  return data;
}
