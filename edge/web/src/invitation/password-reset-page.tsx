import { NewPassword } from "@reelway/shared/contracts/user";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { PasswordField } from "../account/password-field.tsx";
import { client } from "../api/client.ts";
import { usePageTitle } from "../app/page-title.ts";
import { Button } from "../parts/button.tsx";
import { tell } from "../parts/toast.tsx";
import { useAct } from "../parts/use-act.ts";
import { LinkPage } from "./link-page.tsx";
import { takeToken } from "./token-of-link.ts";

/** What the link of a password reset opens. Until it is used the old password holds. */
export default function PasswordResetPage() {
  usePageTitle("New password");
  const [token] = useState(takeToken);
  const [, go] = useLocation();
  const [password, setPassword] = useState("");
  const { busy, error, act } = useAct();
  const reset = async () => {
    await client.auth.resetPassword({ token, password });
    tell("The password is changed. Sign in with it.");
    go("/", { replace: true });
  };
  return (
    <LinkPage
      title="A new password"
      intro="Until you have chosen one, the old one holds."
      error={error}
      onSend={() => void act(reset)}
    >
      <PasswordField label="Password" autocomplete="new-password" value={password} onInput={setPassword} />
      <Button type="submit" kind="primary" busy={busy} disabled={!NewPassword.safeParse(password).success}>
        Choose it
      </Button>
    </LinkPage>
  );
}
