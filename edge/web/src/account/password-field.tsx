import { TextField } from "../parts/text-field.tsx";

interface PasswordFieldProps {
  label: string;
  autocomplete: "current-password" | "new-password";
  value: string;
  onInput: (text: string) => void;
  error?: string | undefined;
}

export function PasswordField({ label, autocomplete, value, onInput, error }: PasswordFieldProps) {
  return (
    <TextField
      label={label}
      error={error}
      hint={autocomplete === "new-password" ? "At least 12 characters, whichever you like." : undefined}
      type="password"
      autocomplete={autocomplete}
      required
      value={value}
      onText={onInput}
    />
  );
}
