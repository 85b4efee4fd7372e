import { useQuery } from "@tanstack/preact-query";
import { Link, useLocation } from "wouter-preact";
import { client } from "../api/client.ts";
import { useMay } from "../session/session.ts";
import "./tenant-banner.css";
import { useTenant } from "./use-tenant.ts";

/** Says that what is shown is another tenant's. */
export function TenantBanner() {
  const { tenantId = "" } = useTenant();
  const may = useMay();
  const [place] = useLocation();
  const { data, isLoading } = useQuery({
    queryKey: ["tenant", tenantId],
    queryFn: ({ signal }) => client.tenants.get(tenantId, signal),
    enabled: tenantId !== "" && may("tenants:read"),
    staleTime: 60_000,
  });
  if (tenantId === "") return null;
  if (isLoading) return <p class="tenant-banner">…</p>;
  return (
    <p class="tenant-banner" role="status">
      <span>
        You look at the tenant <strong>{data?.name ?? tenantId}</strong>.
      </span>
      <Link href={place}>Back to your own</Link>
    </p>
  );
}
