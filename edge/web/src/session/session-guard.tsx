import type { ComponentChildren } from "preact";
import { Failure } from "../parts/failure.tsx";
import { lost } from "./lost.ts";
import { useSession } from "./session.ts";
import { SignInPage } from "./sign-in-page.tsx";
import "./session-guard.css";
import { codeOfLink } from "./code-of-link.ts";

/** Shows the page to whoever is signed in, the sign-in to everybody else: at the same address, to go on from there. */
export function SessionGuard({ children }: { children: ComponentChildren }) {
  const { data: me, error, isPending, refetch } = useSession();
  if (isPending) return <div class="session-wait" role="status" aria-label="Loading" />;
  if (error !== null)
    return (
      <div class="session-failure">
        <Failure error={error} onRetry={() => void refetch()} />
      </div>
    );
  if (me === null || lost.value || codeOfLink.value !== null) return <SignInPage />;
  return children;
}
