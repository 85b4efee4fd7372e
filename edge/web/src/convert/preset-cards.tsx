import type { Preset } from "@reelway/shared/contracts/preset";
import { usePresets } from "../api/catalogues.ts";
import { Failure } from "../parts/failure.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import "./preset-cards.css";
import { choosePreset, presetName } from "./recipe.ts";

const groups: readonly { title: string; has: (preset: Preset) => boolean }[] = [
  { title: "Streaming", has: ({ spec }) => spec.kind === "stream" },
  { title: "One file", has: ({ spec }) => spec.kind === "transcode" && spec.video !== undefined },
  { title: "Sound alone", has: ({ spec }) => spec.kind === "transcode" && spec.video === undefined },
];

/** What ships with Reelway, to choose from. */
export function PresetCards() {
  const { data: presets, error, refetch } = usePresets();
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <div class="stack preset-groups">
      {groups.map(({ title, has }) => (
        <fieldset key={title}>
          <legend>{title}</legend>
          {presets === undefined ? (
            <Skeleton tall />
          ) : (
            <div class="preset-cards">
              {presets.filter(has).map((preset) => (
                <label key={preset.name} class="preset-card">
                  <input
                    type="radio"
                    name="preset"
                    checked={presetName.value === preset.name}
                    onChange={() => choosePreset(preset.name)}
                  />
                  <span class="preset-title">{preset.title}</span>
                  <span class="small soft">{preset.description}</span>
                </label>
              ))}
            </div>
          )}
        </fieldset>
      ))}
    </div>
  );
}
