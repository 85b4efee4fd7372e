import { RegionDrainRequest, type RegionReport } from "@reelway/shared/contracts/region";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { TextField } from "../../parts/text-field.tsx";

interface DrainRegionDialogProps {
  region: RegionReport;
  onDrained: (said: string) => Promise<void>;
  onClose: () => void;
}

/** Takes a region out of use, with the reason that those who wonder are told. */
export function DrainRegionDialog({ region, onDrained, onClose }: DrainRegionDialogProps) {
  const [reason, setReason] = useState("");
  const wanted = RegionDrainRequest.safeParse({ reason: reason.trim() });
  return (
    <FormDialog
      title={`Drain ${region.name}?`}
      act="Drain it"
      tone="danger"
      incomplete={!wanted.success}
      onClose={onClose}
      onSend={async () => {
        await client.regions.drain(region.id, { reason: reason.trim() });
        await onDrained(`${region.name} is drained.`);
      }}
    >
      <p>
        Nothing new goes there. What waits leaves for the nearest region that its tenant allows, what runs is done
        there, and what may go nowhere else waits.
      </p>
      <TextField
        label="Why"
        hint="Shown to whoever asks why a job waits."
        value={reason}
        maxLength={200}
        autocomplete="off"
        placeholder="Maintenance of the hosts"
        onText={setReason}
      />
    </FormDialog>
  );
}
