import type { ComponentProps } from "preact";
import { Field } from "./field.tsx";

interface TextFieldProps extends Omit<ComponentProps<"input">, "value" | "onInput" | "class" | "label" | "ref"> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  /** Something else on the page says what is wrong with it. */
  invalid?: boolean;
  /** For keys and the like. */
  mono?: boolean;
  value: string;
  onText: (text: string) => void;
}

/** A field of one line of text. */
export function TextField({
  label,
  hint,
  error,
  invalid = false,
  mono = false,
  value,
  onText,
  ...input
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(links) => (
        <input
          {...input}
          {...links}
          aria-invalid={invalid || links["aria-invalid"]}
          class={mono ? "input mono" : "input"}
          value={value}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      )}
    </Field>
  );
}
