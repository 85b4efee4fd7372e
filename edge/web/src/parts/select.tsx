import type { FieldLinks } from "./field.tsx";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface SelectProps<Value extends string> extends Partial<FieldLinks> {
  value: Value;
  choices: readonly Choice<Value>[];
  onChoose: (value: Value) => void;
  "aria-label"?: string;
  class?: string;
}

/** The platform's own select: it works by keyboard, by touch and with every reader. */
export function Select<Value extends string>({
  value,
  choices,
  onChoose,
  class: more = "",
  ...links
}: SelectProps<Value>) {
  return (
    <select
      {...links}
      class={`input ${more}`}
      value={value}
      onChange={({ currentTarget }) => {
        const chosen = choices.find((choice) => choice.value === currentTarget.value);
        if (chosen) onChoose(chosen.value);
      }}
    >
      {choices.map(({ value: one, label }) => (
        <option key={one} value={one} selected={one === value}>
          {label}
        </option>
      ))}
    </select>
  );
}
