import type { RegistrationTokenCreated } from "@reelway/shared/contracts/runner";
import { defaultRegion, RegionId, regions } from "@reelway/shared/regions";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Field } from "../../parts/field.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { type Choice, Select } from "../../parts/select.tsx";
import { JoinDialog } from "./join-dialog.tsx";
import { LabelsField, labelsIn } from "./labels-field.tsx";

const places = RegionId.options.map((value) => ({ value, label: regions[value].name }));
const terms: readonly Choice<string>[] = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
];

/** Makes a registration token for one host, and says what to run there. */
export function AddRunnerDialog({ region: wanted, onClose }: { region: RegionId | ""; onClose: () => void }) {
  const [region, setRegion] = useState<RegionId>(wanted === "" ? defaultRegion : wanted);
  const [labels, setLabels] = useState("");
  const [seconds, setSeconds] = useState("3600");
  const [made, setMade] = useState<RegistrationTokenCreated | null>(null);
  const { named, wrong } = labelsIn(labels);
  if (made?.token)
    return (
      <JoinDialog
        joining={{ url: location.origin, region, token: made.token }}
        until={made.expiresAt}
        onClose={onClose}
      />
    );
  return (
    <FormDialog
      title="Add a runner"
      act="Make a token"
      incomplete={wrong !== undefined}
      onClose={onClose}
      onSend={async () => {
        setMade(await client.runners.createToken({ region, labels: named, expiresInSeconds: Number(seconds) }));
        return false;
      }}
    >
      <p>The host joins with a token of its own, good for one runner.</p>
      <Field label="Region" hint="Where it works: near to it is best, since it reads and writes that region's bucket.">
        {(links) => <Select {...links} value={region} choices={places} onChoose={setRegion} />}
      </Field>
      <LabelsField value={labels} onValue={setLabels} />
      <Field label="To be used within" hint="After that the token is void.">
        {(links) => <Select {...links} value={seconds} choices={terms} onChoose={setSeconds} />}
      </Field>
    </FormDialog>
  );
}
