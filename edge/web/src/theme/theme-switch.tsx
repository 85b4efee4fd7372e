import { Icon, type IconName } from "../parts/icon.tsx";
import "./theme-switch.css";
import { type Theme, theme, themes } from "./theme.ts";

const shown: Readonly<Record<Theme, { icon: IconName; label: string }>> = {
  system: { icon: "system", label: "As the system" },
  light: { icon: "sun", label: "Light" },
  dark: { icon: "moon", label: "Dark" },
};

/** Light, dark, or as the system has it. */
export function ThemeSwitch() {
  return (
    <fieldset class="theme-switch">
      <legend class="unseen">Theme</legend>
      {themes.map((one) => (
        <label key={one} title={shown[one].label}>
          <input
            type="radio"
            name="theme"
            aria-label={shown[one].label}
            checked={theme.value === one}
            onChange={() => {
              theme.value = one;
            }}
          />
          <Icon name={shown[one].icon} />
        </label>
      ))}
    </fieldset>
  );
}
