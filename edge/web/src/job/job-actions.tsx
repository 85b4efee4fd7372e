import type { Job } from "@reelway/shared/contracts/job";
import { canMove, isTerminal, type JobState } from "@reelway/shared/jobs/state-machine";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { AwayButton, Button, LinkButton } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { tell, tellFailure } from "../parts/toast.tsx";
import { useMay } from "../session/session.ts";
import { DuplicateDialog } from "./duplicate-dialog.tsx";
import { downloadAddress, mainResult } from "./main-result.ts";
import { isOfSource } from "./of-source.ts";

interface JobActionsProps {
  job: Job;
  state: JobState;
}

/** What can be done with a job: what helps most stands first. */
export function JobActions({ job, state }: JobActionsProps) {
  const result = mainResult(job);
  const mayWrite = useMay()("jobs:write");
  if (!mayWrite && result === undefined) return null;
  return (
    <div class="job-actions">
      {result === undefined ? null : (
        <AwayButton href={downloadAddress(job.id, result.name)} download icon="download">
          Download
        </AwayButton>
      )}
      {mayWrite ? <Changes job={job} state={state} /> : null}
    </div>
  );
}

function Changes({ job, state }: JobActionsProps) {
  const queries = useQueryClient();
  const [open, setOpen] = useState<"cancel" | "duplicate" | null>(null);
  const [busy, setBusy] = useState(false);
  const act = async (said: string, call: () => Promise<Job>) => {
    setBusy(true);
    try {
      queries.setQueryData(["job", job.id], await call());
      tell(said, job.id);
    } catch (error) {
      tellFailure("The job is as it was", error, job.id);
    } finally {
      setBusy(false);
      setOpen(null);
    }
  };
  const canRetry = isTerminal(state) && canMove(state, "queued");
  return (
    <>
      {job.error !== null && isOfSource(job.error.code) ? (
        <LinkButton to="/" kind="primary" icon="plus">
          Convert another file
        </LinkButton>
      ) : null}
      {canRetry ? (
        <Button
          icon="repeat"
          busy={busy}
          onClick={() => void act("The job is queued again.", () => client.jobs.retry(job.id))}
        >
          Retry
        </Button>
      ) : null}
      {job.kind === "fetch" ? null : (
        <Button icon="copy" onClick={() => setOpen("duplicate")}>
          Make another
        </Button>
      )}
      {isTerminal(state) ? null : (
        <Button kind="danger" icon="close" onClick={() => setOpen("cancel")}>
          Cancel
        </Button>
      )}
      {open === "duplicate" ? <DuplicateDialog job={job} onClose={() => setOpen(null)} /> : null}
      {open === "cancel" ? (
        <Dialog
          title="Cancel this job?"
          onClose={() => setOpen(null)}
          actions={
            <>
              <Button onClick={() => setOpen(null)}>Let it run</Button>
              <Button
                kind="danger"
                busy={busy}
                onClick={() => void act("The job is canceled.", () => client.jobs.cancel(job.id))}
              >
                Cancel the job
              </Button>
            </>
          }
        >
          <p>
            {state === "queued" ? "No runner has begun it." : "Its runners stop within moments."} It can be retried
            later
            {job.kind === "stream" && state === "running" ? "; chunks that are done are kept for that" : ""}.
          </p>
        </Dialog>
      ) : null}
    </>
  );
}
