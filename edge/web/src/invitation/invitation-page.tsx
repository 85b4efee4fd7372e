import { NewPassword } from "@reelway/shared/contracts/user";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { PasswordField } from "../account/password-field.tsx";
import { client } from "../api/client.ts";
import { usePageTitle } from "../app/page-title.ts";
import { Button } from "../parts/button.tsx";
import { TextField } from "../parts/text-field.tsx";
import { useAct } from "../parts/use-act.ts";
import { useSignIn } from "../session/session.ts";
import { LinkPage } from "./link-page.tsx";
import { takeToken } from "./token-of-link.ts";

/** What the link of an invitation opens: a name and a password make an account, and sign it in. */
export default function InvitationPage() {
  usePageTitle("Invitation");
  const [token] = useState(takeToken);
  const signIn = useSignIn();
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  // An invitation is accepted once: where only signing in failed, only that is tried again.
  const [joinedAs, setJoinedAs] = useState<string | null>(null);
  const { busy, error, act } = useAct();
  const accept = async () => {
    const email = joinedAs ?? (await client.invitations.accept({ token, name, password })).email;
    setJoinedAs(email);
    await signIn({ email, password });
    go("/", { replace: true });
  };
  return (
    <LinkPage
      title="Welcome"
      intro="You are invited. Say who you are, and choose a password to sign in with."
      error={error}
      onSend={() => void act(accept)}
    >
      <TextField label="Your name" autocomplete="name" required maxLength={100} value={name} onText={setName} />
      <PasswordField label="Password" autocomplete="new-password" value={password} onInput={setPassword} />
      <Button
        type="submit"
        kind="primary"
        busy={busy}
        disabled={name.trim() === "" || !NewPassword.safeParse(password).success}
      >
        Join
      </Button>
    </LinkPage>
  );
}
