import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { useRef } from "preact/hooks";
import { useAsset, usePresets } from "../api/catalogues.ts";
import { usePageTitle } from "../app/page-title.ts";
import { shownState } from "../jobs/shown-state.ts";
import { LinkButton } from "../parts/button.tsx";
import { Codes } from "../parts/codes.tsx";
import { Empty } from "../parts/empty.tsx";
import { Failure } from "../parts/failure.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { Facts } from "./facts.tsx";
import { FailedAttempts } from "./failed-attempts-list.tsx";
import { JobHead } from "./job-head.tsx";
import "./job-page.css";
import type { Job, JobStatus } from "@reelway/shared/contracts/job";
import { Outputs } from "./outputs.tsx";
import { PlanInWords } from "./plan-in-words.tsx";
import { Timeline } from "./timeline.tsx";
import { useJob, usePlan, useTasks } from "./use-job.ts";
import { Viewing } from "./viewing.tsx";
import { Why } from "./why.tsx";

/** All there is to know of one job, and to do with it. */
export function JobPage({ id }: { id: string }) {
  const { data: job, error, refetch, status } = useJob(id);
  usePageTitle(job === undefined ? "Job" : `Job ${id.slice(4, 14)}`);
  if (error !== null && job === undefined) return <NoJob error={error} onRetry={() => void refetch()} />;
  if (job === undefined) return <JobWait />;
  return <JobShown job={job} status={status} />;
}

function JobShown({ job, status }: { job: Job; status: JobStatus | null }) {
  const { data: source, isPending } = useAsset(job.assetId);
  const presets = usePresets();
  const tasks = useTasks(job, status);
  const state = shownState(job, status);
  const isPlanned = tasks.data?.some(({ part, state: done }) => part === "plan" && done === "done") ?? false;
  const plan = usePlan(job, isPlanned);
  // All at once: what comes later would push the rest down. Once there, it stays.
  const isThere = useRef(false);
  isThere.current ||= !(isPending || presets.isPending || tasks.isPending || plan.isLoading);
  if (!isThere.current) return <JobWait />;
  return (
    <article class="stack-wide">
      <JobHead job={job} status={status} state={state} name={source?.name} />
      {job.error === null ? null : (
        <section aria-label="Errors">
          <Why error={job.error} what="The job failed" />
        </section>
      )}
      {state === "failed" || state === "canceled" ? (
        <Facts job={job} source={source} wide />
      ) : (
        <div class="job-columns">
          <div class="stack-wide">
            <Viewing job={job} state={state} name={source?.name ?? job.id} />
          </div>
          <Facts job={job} source={source} />
        </div>
      )}
      <Timeline job={job} tasks={tasks.data} />
      <FailedAttempts job={job} tasks={tasks.data ?? []} />
      {job.kind === "stream" ? <PlanInWords job={job} plan={plan} isPlanned={isPlanned} /> : null}
      <Outputs job={job} isOver={isTerminal(state)} />
    </article>
  );
}

function NoJob({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (error instanceof ReelwayError && error.code === "not_found")
    return (
      <div class="stack">
        <div class="page-head">
          <h1>Job</h1>
        </div>
        <Empty icon="search" title="There is no such job">
          <p>It was deleted, or it belongs to another tenant.</p>
          <LinkButton to="/jobs" kind="primary">
            All jobs
          </LinkButton>
          <Codes error={error} />
        </Empty>
      </div>
    );
  return (
    <div class="stack">
      <div class="page-head">
        <h1>The job can't be shown</h1>
      </div>
      <Failure error={error} onRetry={onRetry} />
      <div>
        <LinkButton to="/jobs" icon="left">
          All jobs
        </LinkButton>
      </div>
    </div>
  );
}

function JobWait() {
  return (
    <div class="stack-wide" role="status" aria-label="Loading the job">
      <div class="job-header-place">
        <Skeleton lines={4} />
      </div>
      <div class="job-columns">
        <div class="player-place" />
        <Skeleton lines={8} />
      </div>
    </div>
  );
}
