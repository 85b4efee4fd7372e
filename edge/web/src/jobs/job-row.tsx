import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { Job } from "@reelway/shared/contracts/job";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { Link } from "wouter-preact";
import { useAsset } from "../api/catalogues.ts";
import { useJobStatus } from "../live/use-job-status.ts";
import { Badge } from "../parts/badge.tsx";
import { Progress } from "../parts/progress.tsx";
import { Time } from "../parts/time.tsx";
import { Figures } from "./figures.tsx";
import { useRecipeTitle } from "./recipe-title.ts";
import { shownState, stateLabels, stateTones } from "./shown-state.ts";

export function JobRow({ job }: { job: Job }) {
  const status = useJobStatus(job);
  const { data: source } = useAsset(job.assetId);
  const state = shownState(job, status);
  const titleOf = useRecipeTitle();
  return (
    <li>
      <Link href={`/jobs/${job.id}`} class="job-row">
        <span class="job-state">
          <Badge tone={stateTones[state]}>{stateLabels[state]}</Badge>
        </span>
        <span class="job-source cut">
          <span class="job-name">{source?.name ?? "…"}</span>
        </span>
        <span class="job-recipe small soft cut">{titleOf(job)}</span>
        <span class="job-live">
          {isTerminal(state) ? (
            <span class="small soft cut">{endOf(job)}</span>
          ) : (
            <>
              <Progress percent={status?.percent ?? 0} label={`Progress of ${source?.name ?? job.id}`} tone="accent" />
              <span class="small soft cut">
                {state === "running" ? (
                  <Figures status={status} />
                ) : job.awaitsSource ? (
                  "Its source is being fetched"
                ) : (
                  "Waits for a runner"
                )}
              </span>
            </>
          )}
        </span>
        <span class="job-made small soft">
          <Time at={job.createdAt} />
        </span>
      </Link>
    </li>
  );
}

/** How it ended, in a few words. */
function endOf({ error, startedAt, finishedAt }: Job): string {
  if (error !== null) return errorCatalogue[error.code].title;
  return startedAt === null || finishedAt === null ? "" : `in ${formatDuration(finishedAt - startedAt)}`;
}
