import { budgetWords } from "@reelway/shared/cli/budget-words";
import type { Tenant } from "@reelway/shared/contracts/tenant";
import { counted } from "@reelway/shared/counted";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useMay, useSession } from "../../session/session.ts";
import { TenantDialog } from "./tenant-dialog.tsx";
import "./tenants-page.css";

/** The customers of the installation. */
export function TenantsPage() {
  usePageTitle("Tenants");
  const may = useMay();
  const { data: me } = useSession();
  const [open, setOpen] = useState<"new" | Tenant | null>(null);
  const paged = usePaged({ key: ["tenants"], read: (cursor, signal) => client.tenants.list(cursor, signal) });
  const columns: Column<Tenant>[] = [
    {
      title: "Tenant",
      cell: ({ id, name, platform }) => (
        <div class="pair">
          <span class="line">
            <span class="strong">{name}</span>
            {platform ? <Badge tone="accent">Runs this installation</Badge> : null}
          </span>
          <code class="small soft">{id}</code>
          {me?.role === "admin" ? <ItsRooms id={id} /> : null}
        </div>
      ),
    },
    { title: "Regions", cell: ({ allowedRegions }) => allowedRegions?.join(", ") ?? "everywhere" },
    { title: "Keeps sources", cell: ({ sourceRetentionDays }) => daysInWords(sourceRetentionDays) },
    { title: "Keeps outputs", cell: ({ outputRetentionDays }) => daysInWords(outputRetentionDays) },
    { title: "At once", cell: ({ maxRunning }) => (maxRunning === null ? "no limit" : counted(maxRunning, "task")) },
    { title: "A day", cell: ({ budget }) => budgetWords(budget) },
    { title: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: "Actions",
      kind: "actions",
      cell: (tenant) =>
        may("tenants:write") ? (
          <Button small onClick={() => setOpen(tenant)}>
            Change
            <span class="unseen"> {tenant.name}</span>
          </Button>
        ) : null,
    },
  ];
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">Tenants</h2>
        {may("tenants:write") ? (
          <Button kind="primary" icon="plus" onClick={() => setOpen("new")}>
            New tenant
          </Button>
        ) : null}
      </div>
      <Listing
        label="Tenants"
        paged={paged}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="listing-none soft">There is no tenant.</p>}
      />
      {open === null ? null : (
        <TenantDialog {...(open === "new" ? {} : { tenant: open })} onClose={() => setOpen(null)} />
      )}
    </section>
  );
}

function ItsRooms({ id }: { id: string }) {
  return (
    <span class="tenant-rooms">
      {["users", "keys", "usage", "audit"].map((room) => (
        <Link key={room} href={`/admin/${room}?tenant=${id}`}>
          {room}
        </Link>
      ))}
    </span>
  );
}

function daysInWords(days: number | null): string {
  return days === null ? "for ever" : counted(days, "day");
}
