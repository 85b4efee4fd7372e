import { useQuery } from "@tanstack/preact-query";
import { client } from "../api/client.ts";
import { idEnd } from "../parts/id-end.ts";
import { useMay } from "../session/session.ts";

type Tenants = readonly { readonly id: string; readonly name: string }[];

/** The tenants, for those who see more than their own; the first hundred of them. */
export function useTenants(): Tenants {
  const may = useMay();
  const { data = [] } = useQuery({
    queryKey: ["tenant-names"],
    queryFn: async ({ signal }) => (await client.tenants.list({ limit: 100 }, signal)).items,
    enabled: may("tenants:read"),
    staleTime: 60_000,
  });
  return data;
}

/** Of a tenant whose name is not known, `unknown`. */
export function tenantName(tenants: Tenants, id: string, unknown = idEnd(id)): string {
  return tenants.find((tenant) => tenant.id === id)?.name ?? unknown;
}
