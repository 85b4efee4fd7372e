import { computed, signal } from "@preact/signals";
import type { Preset } from "@reelway/shared/contracts/preset";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { keep, kept } from "../app/kept.ts";
import type { Order } from "../upload/order.ts";
import { check, type Draft } from "./draft.ts";
import { unitsOf } from "./spec-fields.ts";

const keptPreset = "reelway-preset";

/** What is to be made: the name of a preset, or the draft that stands in its place once it was changed. */
export const presetName = signal(kept(keptPreset) ?? "mp4-h264");
export const draft = signal<Draft | null>(null);
/** What stands in the JSON view can't be read at all. */
export const unreadable = signal(false);
export const region = signal<RegionId | "">("");
export const priority = signal<number>(limits.priorityDefault);

const checked = computed(() => (draft.value === null ? null : check(draft.value, unitsOf(draft.value))));
export const problems = computed(() => checked.value?.problems ?? new Map<string, string>());

export function choosePreset(name: string): void {
  presetName.value = name;
  draft.value = null;
  unreadable.value = false;
  keep(keptPreset, name);
}

export function editFrom(preset: Preset): void {
  draft.value = { ...preset.spec };
}

/** What a job of now would be asked for by; null while the draft is no spec. */
export const order = computed((): Order | null => {
  const place = region.value === "" ? {} : { region: region.value };
  if (checked.value === null) return { recipe: { preset: presetName.value, priority: priority.value }, ...place };
  const { spec } = checked.value;
  return spec === null || unreadable.value ? null : { recipe: { spec, priority: priority.value }, ...place };
});
