import { usePresets } from "../api/catalogues.ts";
import { Failure } from "../parts/failure.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import "./preset-cards.css";
import { presetGroups } from "./preset-groups.ts";
import { choosePreset, presetName } from "./recipe.ts";

/** What ships with Reelway, to choose from. */
export function PresetCards() {
  const { data: presets, error, refetch } = usePresets();
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (presets === undefined) return <Skeleton tall lines={3} />;
  return (
    <div class="stack preset-groups">
      {presetGroups(presets).map(({ title, presets: ofGroup }) => (
        <fieldset key={title}>
          <legend>{title}</legend>
          <div class="preset-cards">
            {ofGroup.map((preset) => (
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
        </fieldset>
      ))}
    </div>
  );
}
