import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { Attempt } from "@reelway/shared/contracts/dead-letter";
import type { Job } from "@reelway/shared/contracts/job";
import type { JobError } from "@reelway/shared/contracts/job-error";
import type { JobTask } from "@reelway/shared/contracts/job-task";
import { outcomeWords } from "./attempt-outcome.ts";
import { failedAttempts, isSameFailure } from "./failed-attempts.ts";
import { FailureEvidence } from "./failure-evidence.tsx";
import { partName } from "./part-name.ts";
import { useRunnerNames } from "./use-runner-names.ts";
import { Why } from "./why.tsx";

/** So many are shown at once; more behind a line that says how many. */
const atOnce = 3;

/** Which attempts of its tasks failed on the way, and on whose host. */
export function FailedAttempts({ job, tasks }: { job: Job; tasks: readonly JobTask[] }) {
  const nameOf = useRunnerNames();
  const failed = failedAttempts(job, tasks);
  if (failed.length === 0) return null;
  const shown = failed.map(({ key, part, attempt, error }) => {
    const what = attempt === null ? partName(part) : inWords(part, attempt, nameOf);
    return isSameFailure(error, job.error) ? (
      <SameAgain key={key} error={error} what={what} />
    ) : (
      <Why key={key} error={error} what={what} />
    );
  });
  return (
    <section class="stack" aria-labelledby="failed-attempts">
      <h2 id="failed-attempts">Failed attempts</h2>
      {shown.length <= atOnce ? (
        shown
      ) : (
        <details>
          <summary>{shown.length} attempts failed on the way</summary>
          <div class="stack">{shown}</div>
        </details>
      )}
    </section>
  );
}

/** What the job's own error says stands above already: a line, with what this attempt alone left behind. */
function SameAgain({ error, what }: { error: JobError; what: string }) {
  if (error.logTail === undefined && error.program === undefined) return <p>{what}, in the same way</p>;
  return (
    <details>
      <summary>{what}, in the same way</summary>
      <div class="panel">
        <FailureEvidence error={error} />
      </div>
    </details>
  );
}

/** "Chunk 3, attempt 2: failed after 12.0 s on gpu-1" */
function inWords(part: string, attempt: Attempt, nameOf: (runnerId: string) => string): string {
  const took = formatDuration(attempt.endedAt - attempt.startedAt);
  const who = nameOf(attempt.runnerId);
  return `${partName(part)}, attempt ${attempt.attempt}: ${outcomeWords[attempt.outcome]} after ${took} on ${who}`;
}
