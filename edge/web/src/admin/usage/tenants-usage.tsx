import { formatBytes } from "@reelway/shared/cli/terminal/units";
import type { TenantUsage } from "@reelway/shared/contracts/usage";
import { Link } from "wouter-preact";
import { client } from "../../api/client.ts";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import type { Column } from "../../parts/table.tsx";
import { useSession } from "../../session/session.ts";
import { measures } from "./measures.ts";
import { usageStaleMs } from "./stale.ts";

/** All tenants beside each other, for those who run the installation. */
export function TenantsUsage({ from }: { from: string }) {
  const { data: me } = useSession();
  const paged = usePaged({
    key: ["usage", "tenants", from],
    read: (cursor, signal) => client.usage.byTenant({ from, ...cursor }, signal),
    staleMs: usageStaleMs,
  });
  const figure = (name: "sourceSeconds" | "workSeconds" | "outputBytes" | "deliveredBytes", title: string) => ({
    title,
    kind: "end" as const,
    cell: ({ total }: TenantUsage) => measures[name].write(total[name]),
  });
  const columns: Column<TenantUsage>[] = [
    {
      title: "Tenant",
      cell: ({ tenantId, name }) =>
        me?.role === "admin" ? (
          <Link href={`/admin/usage?tenant=${tenantId}`}>{name}</Link>
        ) : (
          <span class="strong">{name}</span>
        ),
    },
    {
      title: "Jobs",
      kind: "end",
      cell: ({ total }) => (total.jobsSucceeded + total.jobsFailed + total.jobsCanceled).toLocaleString("en"),
    },
    figure("sourceSeconds", "Video"),
    figure("workSeconds", "Work"),
    figure("outputBytes", "Made"),
    figure("deliveredBytes", "Delivered"),
    {
      title: "Stored now",
      kind: "end",
      cell: ({ stored }) => formatBytes(stored.sourceBytes + stored.outputBytes),
    },
  ];
  return (
    <section>
      <div class="room-head">
        <h2>All tenants</h2>
      </div>
      <Listing
        label="Usage by tenant"
        paged={paged}
        columns={columns}
        keyOf={({ tenantId }) => tenantId}
        empty={<p class="listing-none soft">There is no tenant.</p>}
      />
    </section>
  );
}
