import type { Job, JobRequest } from "@reelway/shared/contracts/job";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { usePresets } from "../api/catalogues.ts";
import { client } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Failure } from "../parts/failure.tsx";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { useAct } from "../parts/use-act.ts";

/** What is copied of another stream is the same when it is made: and that stream may be gone by now. */
function inFull<Spec extends JobRequest["spec"]>(spec: Spec): Spec {
  return spec?.kind === "stream" ? { ...spec, reuse: undefined } : spec;
}

/** Another job of the same source. */
export function DuplicateDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const { data: presets = [] } = usePresets();
  const same = job.spec.kind === "fetch" ? null : { value: "", label: "The same settings as this job" };
  const choices = [...(same ? [same] : []), ...presets.map(({ name, title }) => ({ value: name, label: title }))];
  const [preset, setPreset] = useState("");
  const { busy, error, act } = useAct();
  const [, go] = useLocation();
  const make = async () => {
    const { assetId, priority, spec } = job;
    const recipe = preset === "" && spec.kind !== "fetch" ? { spec: inFull(spec) } : { preset };
    const made = await client.jobs.create({ assetId, priority, ...recipe });
    onClose();
    go(`/jobs/${made.id}`);
  };
  return (
    <Dialog
      title="Make another of the same source"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button kind="primary" busy={busy} onClick={() => void act(make)}>
            Make it
          </Button>
        </>
      }
    >
      <Field label="What to make" hint="Nothing is uploaded again.">
        {(links) => <Select {...links} value={preset} choices={choices} onChoose={setPreset} />}
      </Field>
      {error === null ? null : <Failure error={error} />}
    </Dialog>
  );
}
