import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { TextField } from "../parts/text-field.tsx";
import type { ProofFormProps } from "./key-form.tsx";

export function PasswordForm({ busy, isRefused, onProve }: ProofFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onProve({ email, password });
      }}
    >
      <TextField label="E-mail address" type="email" autocomplete="username" required value={email} onText={setEmail} />
      <TextField
        label="Password"
        type="password"
        autocomplete="current-password"
        required
        invalid={isRefused}
        value={password}
        onText={setPassword}
      />
      <Button type="submit" kind="primary" busy={busy}>
        Sign in
      </Button>
      <p class="small soft">
        Forgotten? Ask your admin for a new link. <code>reelway users reset-password</code> makes one.
      </p>
    </form>
  );
}
