import { client } from "../api/client.ts";
import { usePageTitle } from "../app/page-title.ts";
import { usePaged } from "../parts/paged.ts";
import { Skeleton } from "../parts/skeleton.tsx";
import { useSession } from "../session/session.ts";
import { ThemeSwitch } from "../theme/theme-switch.tsx";
import "./account-page.css";
import "../parts/rooms.css";
import { OwnKeys } from "./own-keys.tsx";
import { PasswordChange } from "./password-change.tsx";
import { Sessions } from "./sessions.tsx";

/** What people look after of their own: password, sign-ins, keys, and how the page looks. */
export default function AccountPage() {
  usePageTitle("Account");
  const { data: me } = useSession();
  if (!me) return <Skeleton lines={6} />;
  return (
    <>
      <div class="page-head">
        <h1>Account</h1>
      </div>
      <div class="stack-wide">
        <section class="panel account-facts" aria-label="You">
          <dl>
            <div>
              <dt>Signed in as</dt>
              <dd>{me.email ?? `the API key ${me.name}`}</dd>
            </div>
            <div>
              <dt>Role</dt>
              <dd>
                {me.role}
                {me.platform ? ", in the tenant that runs this installation" : ""}
              </dd>
            </div>
            <div>
              <dt>Theme</dt>
              <dd>
                <ThemeSwitch />
              </dd>
            </div>
          </dl>
        </section>
        {me.kind === "user" ? (
          <OfAPerson />
        ) : (
          <p class="soft">
            Passwords, sign-ins and keys of one's own belong to people: you are signed in with an API key. The key
            itself is among the API keys, for those who may see them.
          </p>
        )}
      </div>
    </>
  );
}

/** What people have, and keys have not. */
function OfAPerson() {
  const sessions = usePaged({ key: ["sessions"], read: (cursor, signal) => client.auth.sessions(cursor, signal) });
  return (
    <>
      <PasswordChange />
      <Sessions paged={sessions} />
      {/* Sign-ins that come later would push them down. */}
      {sessions.items === undefined && sessions.error === null ? null : <OwnKeys />}
    </>
  );
}
