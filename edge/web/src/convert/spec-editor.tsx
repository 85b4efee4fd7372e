import { counted } from "@reelway/shared/counted";
import { useState } from "preact/hooks";
import { usePresets } from "../api/catalogues.ts";
import { Button } from "../parts/button.tsx";
import { isDraft } from "./draft.ts";
import { choosePreset, draft, editFrom, presetName, problems } from "./recipe.ts";
import "./spec-editor.css";
import { SpecFields } from "./spec-form.tsx";
import { SpecJson } from "./spec-json.tsx";

/** Changes to the chosen preset: the common ones by fields, all of them as JSON. */
export function SpecEditor() {
  const { data: presets } = usePresets();
  const [view, setView] = useState<"fields" | "json">("fields");
  const preset = presets?.find(({ name }) => name === presetName.value);
  const edited = draft.value;
  if (edited === null)
    return (
      <div>
        <Button small disabled={preset === undefined} onClick={() => preset && editFrom(preset)}>
          Change its settings
        </Button>
      </div>
    );
  const hasFields = edited.kind === "transcode" || edited.kind === "stream";
  const shown = hasFields ? view : "json";
  const count = problems.value.size;
  return (
    <section id="settings" class="panel spec-editor" tabIndex={-1} aria-label="Settings of the preset">
      <div class="line">
        <h3>Settings</h3>
        <p class={`small grow cut ${count > 0 ? "field-error" : "soft"}`} aria-live="polite">
          {count === 0 ? `From ${preset?.title ?? presetName.value}` : `${counted(count, "problem")} to solve`}
        </p>
        {hasFields ? (
          <Button small kind="quiet" onClick={() => setView(shown === "json" ? "fields" : "json")}>
            {shown === "json" ? "As fields" : "As JSON"}
          </Button>
        ) : null}
        <Button small kind="quiet" onClick={() => choosePreset(presetName.value)}>
          Back to the preset
        </Button>
      </div>
      {shown === "json" ? (
        <SpecJson
          value={edited}
          onChange={(value) => {
            draft.value = isDraft(value) ? value : {};
          }}
        />
      ) : (
        <SpecFields draft={edited} />
      )}
    </section>
  );
}
