import { effect, signal } from "@preact/signals";
import { keep, kept } from "../app/kept.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "reelway-theme";

function stored(): Theme {
  const name = kept(key);
  return themes.find((theme) => theme === name) ?? "system";
}

/** The theme that the person chose: `system` follows the browser. */
export const theme = signal<Theme>(stored());

/** Keeps the page in the chosen theme from now on. */
export function applyTheme(): void {
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === "system") delete dataset.theme;
    else dataset.theme = theme.value;
    keep(key, theme.value === "system" ? null : theme.value);
  });
}
