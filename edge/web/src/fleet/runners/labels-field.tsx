import { Label } from "@reelway/shared/contracts/job";
import { TextField } from "../../parts/text-field.tsx";

/** The labels that a line of text names, and the first of them that can be none. */
export function labelsIn(text: string): { named: string[]; wrong: string | undefined } {
  const named = text.split(",").flatMap((label) => label.trim() || []);
  return { named, wrong: named.find((label) => !Label.safeParse(label).success) };
}

/** What jobs may ask for of a runner, as one line. */
export function LabelsField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const { wrong } = labelsIn(value);
  return (
    <TextField
      label="Labels"
      hint="What jobs may ask for, with commas between; none for a host like any other."
      error={wrong === undefined ? undefined : `“${wrong}” can't be a label: small letters, digits and . _ -.`}
      value={value}
      autocomplete="off"
      spellcheck={false}
      placeholder="studio, vault"
      onText={onValue}
    />
  );
}
