import type { Preset } from "@reelway/shared/contracts/preset";

export interface PresetGroup {
  readonly title: string;
  readonly presets: readonly Preset[];
}

const titles = ["Streaming", "One file", "Sound alone", "Pictures and facts"] as const;

function titleOf({ spec }: Preset): (typeof titles)[number] {
  if (spec.kind === "stream") return "Streaming";
  if (spec.kind !== "transcode") return "Pictures and facts";
  return spec.video === undefined ? "Sound alone" : "One file";
}

/** The presets by what people look for; each is in one group, and a group without any is left out. */
export function presetGroups(presets: readonly Preset[]): PresetGroup[] {
  return titles
    .map((title) => ({ title, presets: presets.filter((preset) => titleOf(preset) === title) }))
    .filter((group) => group.presets.length > 0);
}
