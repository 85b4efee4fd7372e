import type { RunnerFailure, RunnerLease, RunnerTasks as RunnerTasksKnown } from "@reelway/shared/contracts/runner";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { Link } from "wouter-preact";
import { errorPage } from "../../api/explain.ts";
import { partName } from "../../job/part-name.ts";
import { IdCode } from "../../parts/id-code.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useSession } from "../../session/session.ts";

/** What a runner has leased now, and which of its attempts ended badly. */
export function RunnerTasks({ leases, failures }: RunnerTasksKnown) {
  return (
    <div class="stack-wide">
      <section aria-labelledby="leases">
        <div class="room-head">
          <h2 id="leases">Works on</h2>
        </div>
        <div class="panel listing">
          {leases.length === 0 ? (
            <p class="listing-none soft">Nothing at the moment.</p>
          ) : (
            <Table label="Works on" columns={leaseColumns} rows={leases} keyOf={leaseKey} />
          )}
        </div>
      </section>
      <section aria-labelledby="failures">
        <div class="room-head">
          <h2 id="failures">Last failures</h2>
        </div>
        <div class="panel listing">
          {failures.length === 0 ? (
            <p class="listing-none soft">No failures.</p>
          ) : (
            <Table label="Last failures" columns={failureColumns} rows={failures} keyOf={failureKey} />
          )}
        </div>
      </section>
    </div>
  );
}

const leaseKey = ({ jobId, part, startedAt }: RunnerLease) => `${jobId}/${part}/${startedAt}`;
const failureKey = ({ jobId, part, at }: RunnerFailure) => `${jobId}/${part}/${at}`;

const leaseColumns: readonly Column<RunnerLease>[] = [
  { title: "Job", cell: (lease) => <WhoseJob {...lease} /> },
  { title: "Task", cell: ({ part }) => partName(part) },
  { title: "Attempt", kind: "end", cell: ({ attempt }) => attempt },
  { title: "Since", cell: ({ startedAt }) => <Time at={startedAt} /> },
];

const failureColumns: readonly Column<RunnerFailure>[] = [
  { title: "Job", cell: (failure) => <WhoseJob {...failure} /> },
  { title: "Task", cell: ({ part }) => partName(part) },
  {
    title: "Why",
    cell: ({ code }) => (
      <div class="pair">
        <span>{errorCatalogue[code].title}</span>
        <a class="small" href={errorPage(code)} target="_blank" rel="noreferrer">
          <code>{code}</code>
        </a>
      </div>
    ),
  },
  { title: "When", cell: ({ at }) => <Time at={at} /> },
];

/** One's own job leads to its page; of another tenant's one is told no more than it is to know. */
function WhoseJob({ jobId, tenantId }: { jobId: string | null; tenantId: string | null }) {
  const { data: me } = useSession();
  if (jobId === null) return <span class="soft">another tenant's</span>;
  const id = <IdCode id={jobId} />;
  return me?.tenantId === tenantId ? <Link href={`/jobs/${jobId}`}>{id}</Link> : id;
}
