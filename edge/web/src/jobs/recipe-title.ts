import type { JobKind } from "@reelway/shared/contracts/job-spec";
import { usePresets } from "../api/catalogues.ts";

interface Recipe {
  readonly preset?: string | null | undefined;
  readonly kind?: JobKind | undefined;
}

/** What a job makes, as its preset is called where it is chosen: `mp4-h264@1` is "MP4, H.264 + AAC". */
export function useRecipeTitle(): (recipe: Recipe) => string {
  const { data: presets, isPending } = usePresets();
  return ({ preset, kind }) => {
    if (preset === null || preset === undefined) return kind === "fetch" ? "Fetch" : "Own settings";
    const [name] = preset.split("@");
    // One that is offered no more has its name alone.
    return presets?.find((one) => one.name === name)?.title ?? (isPending ? "…" : (name ?? preset));
  };
}
