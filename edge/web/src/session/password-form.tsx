import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";

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
      <Field label="E-mail address">
        {(links) => (
          <input
            {...links}
            class="input"
            type="email"
            autocomplete="username"
            required
            value={email}
            onInput={({ currentTarget }) => setEmail(currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Password" hint="Forgotten? An admin can send a new link: reelway users reset-password.">
        {(links) => (
          <input
            {...links}
            class="input"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" kind="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
