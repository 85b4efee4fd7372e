import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { useEffect, useState } from "preact/hooks";
import { usePageTitle } from "../app/page-title.ts";
import { Failure } from "../parts/failure.tsx";
import { useAct } from "../parts/use-act.ts";
import { ThemeSwitch } from "../theme/theme-switch.tsx";
import { codeOfLink } from "./code-of-link.ts";
import { KeyForm } from "./key-form.tsx";
import { PasswordForm } from "./password-form.tsx";
import { useSignIn } from "./session.ts";
import "./sign-in-page.css";

const ways = [
  { id: "key", label: "API key" },
  { id: "password", label: "E-mail address" },
] as const;

/** By a key, by e-mail address and password, or by the code of a link, which is tried at once. */
export function SignInPage() {
  usePageTitle("Sign in");
  const signIn = useSignIn();
  const [way, setWay] = useState<"key" | "password">("key");
  const { busy, error, act, forget } = useAct();
  const choose = (one: typeof way) => {
    setWay(one);
    forget();
  };
  const prove = (proof: BrowserSignIn) => act(() => signIn(proof));
  const code = codeOfLink.value;
  useEffect(() => {
    if (code === null) return;
    void prove({ code }).finally(() => {
      codeOfLink.value = null;
    });
  }, [code]);
  const Form = way === "key" ? KeyForm : PasswordForm;
  return (
    <div class="sign-in">
      <main class="panel sign-in-panel">
        <header class="line">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <h1 class="grow">Sign in</h1>
          <ThemeSwitch />
        </header>
        <fieldset class="ways">
          <legend class="unseen">Sign in with</legend>
          {ways.map(({ id, label }) => (
            <label key={id}>
              <input type="radio" name="way" checked={way === id} onChange={() => choose(id)} />
              {label}
            </label>
          ))}
        </fieldset>
        {error === null ? null : <Failure error={error} {...wordsOf(error)} />}
        <Form busy={busy} isRefused={error !== null && isRefusal(error)} onProve={prove} />
      </main>
    </div>
  );
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ReelwayError && (error.code === "unauthenticated" || error.code === "login_refused");

/** The catalogue speaks to those who write programs. */
function wordsOf(error: unknown): { title?: string; remedy?: string } {
  if (!(error instanceof ReelwayError) || error.code !== "unauthenticated") return {};
  return {
    title: "This API key is not valid here.",
    remedy: "It may be mistyped, revoked, or of another installation. `reelway keys create` makes a new one.",
  };
}
