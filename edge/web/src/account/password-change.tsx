import { NewPassword } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Failure } from "../parts/failure.tsx";
import { tell } from "../parts/toast.tsx";
import { useAct } from "../parts/use-act.ts";
import { PasswordField } from "./password-field.tsx";

/** A new password, by the one that holds. Other sign-ins end. */
export function PasswordChange() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const { busy, error, act } = useAct();
  const change = async () => {
    await client.auth.changePassword({ currentPassword: current, newPassword: next });
    setCurrent("");
    setNext("");
    tell("The password is changed, and every other sign-in has ended.");
  };
  const isWrong = isWrongPassword(error);
  return (
    <section class="panel stack" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <form
        class="account-form"
        onSubmit={(event) => {
          event.preventDefault();
          void act(change);
        }}
      >
        <PasswordField
          label="Current password"
          autocomplete="current-password"
          value={current}
          error={isWrong ? "It is not your password." : undefined}
          onInput={setCurrent}
        />
        <PasswordField label="New password" autocomplete="new-password" value={next} onInput={setNext} />
        <div class="line">
          <Button type="submit" busy={busy} disabled={current === "" || !NewPassword.safeParse(next).success}>
            Change the password
          </Button>
        </div>
      </form>
      {error === null || isWrong ? null : <Failure error={error} />}
    </section>
  );
}

/** The API names the field; people are told at that field. */
function isWrongPassword(error: unknown): boolean {
  return error instanceof ReelwayError && error.errors.some(({ path }) => path === "currentPassword");
}
