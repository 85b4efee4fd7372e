import { Button, LinkButton } from "../parts/button.tsx";
import { tellFailure } from "../parts/toast.tsx";
import { useSession, useSignOut } from "./session.ts";
import "./who.css";

/** Who is signed in, and the way out. */
export function Who() {
  const { data: me } = useSession();
  const signOut = useSignOut();
  if (!me) return null;
  const leave = () => signOut().catch((error: unknown) => tellFailure("You are still signed in", error));
  return (
    <div class="who">
      <div class="who-name">
        <p class="cut" title={me.email ?? me.name}>
          {me.name || me.email}
        </p>
        <p class="small soft">{me.role}</p>
      </div>
      <LinkButton to="/account" kind="quiet" icon="person" label="Account" small />
      <Button kind="quiet" icon="leave" label="Sign out" small onClick={leave} />
    </div>
  );
}
