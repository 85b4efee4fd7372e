import type { Runner, RunnerLease } from "@reelway/shared/contracts/runner";
import { Link } from "wouter-preact";
import { partName } from "../../job/part-name.ts";
import { idEnd } from "../../parts/id-end.ts";
import { Time } from "../../parts/time.tsx";
import { useSession } from "../../session/session.ts";

const shownAtOnce = 3;

/** What a runner works on now, longest first; all of many are on its own page. */
export function CurrentWork({ runner: { id, leases, activeTasks } }: { runner: Runner }) {
  if (activeTasks === 0) return <span class="soft">nothing</span>;
  const shown = leases.slice(0, shownAtOnce);
  const more = activeTasks - shown.length;
  return (
    <ul class="runner-work">
      {shown.map((lease) => (
        <li key={`${lease.jobId}/${lease.part}/${lease.startedAt}`}>
          <OneTask lease={lease} />
        </li>
      ))}
      {more > 0 ? (
        <li>
          <Link href={`/fleet/runners/${id}`} class="small">
            {shown.length === 0 ? `${more} tasks` : `and ${more} more`}
          </Link>
        </li>
      ) : null}
    </ul>
  );
}

/** One's own job leads to its page; another tenant's can't be opened. */
function OneTask({ lease: { jobId, tenantId, part, startedAt } }: { lease: RunnerLease }) {
  const { data: me } = useSession();
  const job = jobId === null ? "another tenant's" : idEnd(jobId);
  const what = (
    <>
      {partName(part)} <span class="small soft">{job}</span>
    </>
  );
  return (
    <>
      {jobId !== null && me?.tenantId === tenantId ? <Link href={`/jobs/${jobId}`}>{what}</Link> : <span>{what}</span>}{" "}
      <span class="small soft">
        <Time at={startedAt} />
      </span>
    </>
  );
}
