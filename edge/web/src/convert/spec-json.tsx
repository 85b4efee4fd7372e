import { useState } from "preact/hooks";
import { Field } from "../parts/field.tsx";
import { problems, unreadable } from "./recipe.ts";

/** All of a spec, as the API takes it. */
export function SpecJson({ value, onChange }: { value: unknown; onChange: (value: unknown) => void }) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const [broken, setBroken] = useState<string | null>(null);
  const edit = (typed: string) => {
    setText(typed);
    try {
      onChange(JSON.parse(typed));
      setBroken(null);
      unreadable.value = false;
    } catch (error) {
      unreadable.value = true;
      setBroken(error instanceof Error ? error.message : "This is no JSON");
    }
  };
  const told = [...problems.value].map(([path, message]) => (path === "" ? message : `${path}: ${message}`));
  return (
    <Field label="Spec" error={broken ?? (told.length > 0 ? told.join("; ") : undefined)}>
      {(links) => (
        <textarea
          {...links}
          class="input"
          rows={Math.min(24, text.split("\n").length + 1)}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => edit(currentTarget.value)}
        />
      )}
    </Field>
  );
}
