import type { AuditRecord } from "@reelway/shared/contracts/audit";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { IdCode } from "../../parts/id-code.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import type { Column } from "../../parts/table.tsx";
import { dayTime, fullTime } from "../../parts/units.ts";
import { useMay, useSession } from "../../session/session.ts";
import { useTenant } from "../use-tenant.ts";
import { AuditDialog } from "./audit-dialog.tsx";
import "./audit.css";
import { AuditFilters } from "./audit-filters.tsx";
import { actorNames, placeOf } from "./audit-words.ts";
import { ChainCheck } from "./chain-check.tsx";
import { ExportButton } from "./export-button.tsx";
import { useAuditFilters } from "./use-audit-filters.ts";

/** Every change of a tenant: who, what, when and from where. */
export function AuditPage() {
  usePageTitle("Audit log");
  const may = useMay();
  const { data: me } = useSession();
  const tenant = useTenant();
  const { filters, isFiltered, clear } = useAuditFilters();
  const [shown, setShown] = useState<AuditRecord | null>(null);
  const query = { ...filters, ...tenant };
  const paged = usePaged({
    key: ["audit", query],
    read: (cursor, signal) => client.audit.list({ ...query, ...cursor }, signal),
  });
  const columns: Column<AuditRecord>[] = [
    {
      title: "When",
      onPhone: "mark",
      cell: ({ at }) => (
        <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
          <span class="audit-full">{fullTime(at)}</span>
          <span class="audit-short">{dayTime(at)}</span>
        </time>
      ),
    },
    {
      title: "Who",
      onPhone: "first",
      cell: ({ actor, actorId }) => (
        <span class="audit-of">
          {actorNames[actor]} {actorId === null ? null : <IdCode id={actorId} />}
        </span>
      ),
    },
    { title: "What", onPhone: "lead", cell: ({ action }) => <span class="strong">{action}</span> },
    {
      title: "Of",
      onPhone: "second",
      cell: ({ resource }) => (resource === null ? "" : <IdCode id={resource} />),
    },
    { title: "From", onPhone: "hidden", cell: placeOf },
    {
      title: "Actions",
      kind: "actions",
      cell: (record) => (
        <Button small onClick={() => setShown(record)}>
          Show
          <span class="unseen"> line {record.sequence}</span>
        </Button>
      ),
    },
  ];
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">Audit log</h2>
        <div class="room-acts">
          <ExportButton query={query} />
          {me?.platform && may("audit:read") ? <ChainCheck /> : null}
        </div>
      </div>
      <AuditFilters />
      <Listing
        label="Audit log"
        paged={paged}
        columns={columns}
        keyOf={({ sequence }) => String(sequence)}
        empty={isFiltered ? <NothingLikeThat clear={clear} /> : <NothingYet />}
      />
      {shown === null ? null : <AuditDialog record={shown} onClose={() => setShown(null)} />}
    </section>
  );
}

function NothingYet() {
  return (
    <Empty icon="book" title="Nothing has happened yet">
      <p>Each change leaves a line here, in the transaction that makes it.</p>
    </Empty>
  );
}

function NothingLikeThat({ clear }: { clear: () => void }) {
  return (
    <Empty icon="search" title="No matching entries">
      <p>Ids are compared as a whole. Days begin at midnight, in your own time.</p>
      <Button onClick={clear}>Clear the filters</Button>
    </Empty>
  );
}
