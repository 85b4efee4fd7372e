import type { ComponentChildren } from "preact";
import { Failure } from "../parts/failure.tsx";
import { ThemeSwitch } from "../theme/theme-switch.tsx";
import "../session/sign-in-page.css";

interface LinkPageProps {
  title: string;
  intro: string;
  /** What was refused; null where nothing was. */
  error: unknown;
  onSend: () => void;
  /** The form's fields and its button. */
  children: ComponentChildren;
}

/** A page that a link of a mail opens for who is not signed in: one form. */
export function LinkPage({ title, intro, error, onSend, children }: LinkPageProps) {
  return (
    <div class="sign-in">
      <main class="panel sign-in-panel">
        <header class="line">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <h1 class="grow">{title}</h1>
          <ThemeSwitch />
        </header>
        <p class="soft">{intro}</p>
        {error === null ? null : <Failure error={error} />}
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            onSend();
          }}
        >
          {children}
        </form>
      </main>
    </div>
  );
}
