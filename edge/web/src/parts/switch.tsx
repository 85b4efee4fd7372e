import type { FieldLinks } from "./field.tsx";
import "./switch.css";

/** On or off, at once. */
export function Switch({
  on,
  onTurn,
  label,
  ...links
}: Partial<FieldLinks> & { on: boolean; onTurn: (on: boolean) => void; label?: string }) {
  return (
    <label class="switch">
      <input {...links} type="checkbox" role="switch" checked={on} aria-checked={on} onChange={() => onTurn(!on)} />
      {label === undefined ? null : <span>{label}</span>}
    </label>
  );
}
