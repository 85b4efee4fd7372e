import { usePresets } from "../api/catalogues.ts";

/** To filter a list by preset: none, or one of those that are known so far. */
export function usePresetChoices(): { readonly value: string; readonly label: string }[] {
  const { data: presets = [] } = usePresets();
  return [{ value: "", label: "All presets" }, ...presets.map(({ name, title }) => ({ value: name, label: title }))];
}
