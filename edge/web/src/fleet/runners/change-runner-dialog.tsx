import type { Runner } from "@reelway/shared/contracts/runner";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { tell } from "../../parts/toast.tsx";
import { LabelsField, labelsIn } from "./labels-field.tsx";

/** What may be changed of a runner while it works. */
export function ChangeRunnerDialog({ runner, onClose }: { runner: Runner; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(runner.name);
  const [labels, setLabels] = useState(runner.labels.join(", "));
  const [slots, setSlots] = useState(runner.slotsWanted === null ? "" : String(runner.slotsWanted));
  const { named, wrong } = labelsIn(labels);
  const wanted = slots.trim() === "" ? null : Number(slots);
  const wrongSlots = wanted !== null && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= 256);
  return (
    <FormDialog
      title={`Change ${runner.name}`}
      act="Save"
      incomplete={name.trim() === "" || wrong !== undefined || wrongSlots}
      onClose={onClose}
      onSend={async () => {
        await client.runners.update(runner.id, { name: name.trim(), labels: named, slots: wanted });
        await queries.invalidateQueries({ queryKey: ["runners"] });
        tell(`${name.trim()} is changed. It hears of it within 30 seconds.`, runner.id);
      }}
    >
      <TextField label="Name" value={name} maxLength={100} autocomplete="off" onText={setName} />
      <LabelsField value={labels} onValue={setLabels} />
      <TextField
        label="Tasks at once"
        hint="Leave it empty to use the number that its host sets. It takes no more than it has cores, or than its host sets, whichever is higher."
        error={wrongSlots ? "A number from 1 to 256, or nothing." : undefined}
        value={slots}
        inputMode="numeric"
        autocomplete="off"
        placeholder={String(runner.slots)}
        onText={setSlots}
      />
    </FormDialog>
  );
}
