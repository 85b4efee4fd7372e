import type { Job } from "@reelway/shared/contracts/job";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { tell, tellFailure } from "../parts/toast.tsx";
import { useMay } from "../session/session.ts";
import { DuplicateDialog } from "./duplicate-dialog.tsx";

export function JobActions({ job, canCancel, canRetry }: { job: Job; canCancel: boolean; canRetry: boolean }) {
  const queries = useQueryClient();
  const may = useMay();
  const [open, setOpen] = useState<"cancel" | "duplicate" | null>(null);
  const [busy, setBusy] = useState(false);
  const act = async (said: string, call: () => Promise<Job>) => {
    setBusy(true);
    try {
      queries.setQueryData(["job", job.id], await call());
      tell(said);
    } catch (error) {
      tellFailure("It did not work", error);
    } finally {
      setBusy(false);
      setOpen(null);
    }
  };
  if (!may("jobs:write")) return null;
  return (
    <div class="job-actions">
      {canRetry ? (
        <Button
          icon="repeat"
          busy={busy}
          onClick={() => void act("It is queued again.", () => client.jobs.retry(job.id))}
        >
          Retry
        </Button>
      ) : null}
      {job.kind === "fetch" ? null : (
        <Button icon="copy" onClick={() => setOpen("duplicate")}>
          Make another
        </Button>
      )}
      {canCancel ? (
        <Button kind="danger" icon="close" onClick={() => setOpen("cancel")}>
          Cancel
        </Button>
      ) : null}
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
                onClick={() => void act("It is canceled.", () => client.jobs.cancel(job.id))}
              >
                Cancel the job
              </Button>
            </>
          }
        >
          <p>
            Its runners stop within moments. It can be retried later; chunks of a stream that are done are kept for
            that.
          </p>
        </Dialog>
      ) : null}
    </div>
  );
}
