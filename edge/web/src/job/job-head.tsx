import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { Job, JobStatus } from "@reelway/shared/contracts/job";
import type { JobState } from "@reelway/shared/jobs/state-machine";
import { Link } from "wouter-preact";
import { Figures } from "../jobs/figures.tsx";
import { useRecipeTitle } from "../jobs/recipe-title.ts";
import { stateLabels, stateTones } from "../jobs/shown-state.ts";
import { Badge } from "../parts/badge.tsx";
import { Progress } from "../parts/progress.tsx";
import { Time } from "../parts/time.tsx";
import { JobActions } from "./job-actions.tsx";
import "./job-head.css";
import { useWaiting } from "./use-job.ts";

interface JobHeadProps {
  job: Job;
  status: JobStatus | null;
  state: JobState;
  name: string | undefined;
}

/** What it is, how far it is, and what can be done. */
export function JobHead({ job, status, state, name }: JobHeadProps) {
  const titleOf = useRecipeTitle();
  return (
    <header class="job-header">
      <nav class="small" aria-label="Breadcrumb">
        <Link href="/jobs">Jobs</Link>
      </nav>
      <div class="job-title">
        <h1 class="cut" title={name}>
          {name ?? "…"}
        </h1>
        <Badge tone={stateTones[state]}>{stateLabels[state]}</Badge>
        <JobActions job={job} state={state} />
      </div>
      {state === "failed" || state === "canceled" ? null : (
        <Progress
          percent={state === "succeeded" ? 100 : (status?.percent ?? 0)}
          label="Progress of the job"
          tone={state === "succeeded" ? "good" : "accent"}
        />
      )}
      <p class="job-words soft" aria-live="polite">
        <span>{titleOf(job)}</span>
        <span>
          <Words job={job} status={status} state={state} />
        </span>
      </p>
    </header>
  );
}

function Words({ job, status, state }: Omit<JobHeadProps, "name">) {
  const { data: waiting } = useWaiting(job);
  if (state === "running") return <Figures status={status} />;
  if (state === "queued" || state === "planning")
    return <>{waiting?.message ?? status?.message ?? "Waits for a runner"}</>;
  const { startedAt, finishedAt } = job;
  return (
    <>
      {startedAt === null || finishedAt === null ? "ended " : `took ${formatDuration(finishedAt - startedAt)}, ended `}
      {finishedAt === null ? "" : <Time at={finishedAt} />}
    </>
  );
}
