import type { Job } from "@reelway/shared/contracts/job";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import { remakeRequest } from "@reelway/shared/streams/remake";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { client } from "../api/client.ts";
import { Checks } from "../parts/checks.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";

/** Sizes of a finished stream once more, as a job of its own that copies the others. */
export function RemakeDialog({ job, plan, onClose }: { job: Job; plan: JobPlan; onClose: () => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [, go] = useLocation();
  const sizes = (plan.video?.renditions ?? []).map(({ name }) => ({ value: name, label: name }));
  const make = async () => {
    const request = remakeRequest(job, plan, { again: [...chosen], added: [] });
    if (request !== null) go(`/jobs/${(await client.jobs.create(request)).id}`);
  };
  return (
    <FormDialog title="Make sizes again" act="Make them" onSend={make} onClose={onClose} incomplete={chosen.size === 0}>
      <p>
        A job of its own encodes them from the source. All other sizes are copied as they are, and this stream stays as
        it is.
      </p>
      <Checks legend="Sizes to make again" choices={sizes} chosen={chosen} onChoose={setChosen} />
    </FormDialog>
  );
}
