import type { RegionId } from "@reelway/shared/regions";
import {
  type HostHardware,
  type JoinMeans,
  joinGuide,
  joinLine,
  joinNeeds,
  localImage,
} from "@reelway/shared/runners/join-lines";
import { useState } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { copyText } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { type Choice, Select } from "../../parts/select.tsx";
import { fullTime } from "../../parts/units.ts";
import { Words } from "../../parts/words.tsx";
import { CommandText } from "./command-text.tsx";
import "./join-dialog.css";

const means: readonly Choice<JoinMeans>[] = [
  { value: "docker", label: "In a container, by docker" },
  { value: "podman", label: "In a container, by podman" },
  { value: "compose", label: "In a container, by compose" },
  { value: "systemd", label: "As a service of systemd" },
  { value: "checkout", label: "From a checkout, to try it" },
];
const hardware: readonly Choice<HostHardware>[] = [
  { value: "cpu", label: "Cores only" },
  { value: "nvidia", label: "NVIDIA" },
  { value: "vaapi", label: "AMD or Intel" },
];

interface JoinDialogProps {
  joining: { readonly url: string; readonly region: RegionId; readonly token: string };
  /** When the token is void. */
  until: number;
  onClose: () => void;
}

/** What to run on the host. The token is shown this once. */
export function JoinDialog({ joining, until, onClose }: JoinDialogProps) {
  const [by, setBy] = useState<JoinMeans>("docker");
  const [has, setHas] = useState<HostHardware>("cpu");
  const line = joinLine(by, { ...joining, hardware: has, image: localImage });
  return (
    <Dialog
      title="Run this on the host"
      wide
      stays
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Done</Button>
          <Button kind="primary" icon="copy" onClick={() => void copyText(line, "Command")}>
            Copy the command
          </Button>
        </>
      }
    >
      <div class="join-choices">
        <Field label="It runs">{(links) => <Select {...links} value={by} choices={means} onChoose={setBy} />}</Field>
        <Field label="Hardware">
          {(links) => <Select {...links} value={has} choices={hardware} onChoose={setHas} />}
        </Field>
      </div>
      <p class="soft">
        <Words text={`${joinNeeds[by]} See \`${joinGuide}\` there.`} />
      </p>
      <CommandText text={line} label="Line for the host" />
      <p class="small soft">
        The token in it registers one runner, until {fullTime(until)}, and is shown this once. The runner is listed here
        within seconds.
      </p>
    </Dialog>
  );
}
