import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { Attempt } from "@reelway/shared/contracts/dead-letter";
import { Link } from "wouter-preact";
import { outcomeWords } from "../../job/attempt-outcome.ts";
import { FailureEvidence } from "../../job/failure-evidence.tsx";
import { useRunnerNames } from "../../job/use-runner-names.ts";
import { useMay } from "../../session/session.ts";

/** Who tried it, how that ended, the end of its log, and what failed. */
export function OneAttempt({
  attempt: { attempt, runnerId, startedAt, endedAt, outcome, error },
}: {
  attempt: Attempt;
}) {
  const nameOf = useRunnerNames();
  const may = useMay();
  return (
    <li class="panel stack">
      <p class="line">
        <strong>Attempt {attempt}</strong>
        <span class="soft">
          on{" "}
          {may("runners:read") ? <Link href={`/fleet/runners/${runnerId}`}>{nameOf(runnerId)}</Link> : nameOf(runnerId)}
          , {outcomeWords[outcome]} after {formatDuration(endedAt - startedAt)}
        </span>
      </p>
      {error ? (
        <p>
          <code class="small">{error.code}</code> {error.message}
        </p>
      ) : null}
      {error ? <FailureEvidence error={error} /> : null}
    </li>
  );
}
