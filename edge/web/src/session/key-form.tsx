import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { TextField } from "../parts/text-field.tsx";

export interface ProofFormProps {
  busy: boolean;
  /** What was sent last is not valid. */
  isRefused: boolean;
  onProve: (proof: BrowserSignIn) => void;
}

export function KeyForm({ busy, isRefused, onProve }: ProofFormProps) {
  const [key, setKey] = useState("");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onProve({ key: key.trim() });
      }}
    >
      <TextField
        label="API key"
        hint="Begins with rw_. It is sent once, and never kept in this browser."
        mono
        type="password"
        autocomplete="off"
        spellcheck={false}
        required
        invalid={isRefused}
        value={key}
        onText={setKey}
      />
      <Button type="submit" kind="primary" busy={busy}>
        Sign in
      </Button>
      <p class="small soft">
        On the host where Reelway runs, <code>reelway dashboard</code> gives a link that signs in without a key.
      </p>
    </form>
  );
}
