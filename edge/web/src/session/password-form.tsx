import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { TextField } from "../parts/text-field.tsx";

export function PasswordForm({ busy, onProve }: { busy: boolean; onProve: (proof: BrowserSignIn) => void }) {
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
        hint="Forgotten? An admin can send a new link: reelway users reset-password."
        type="password"
        autocomplete="current-password"
        required
        value={password}
        onText={setPassword}
      />
      <Button type="submit" kind="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
