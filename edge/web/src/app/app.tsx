import { lazy, Suspense } from "preact/compat";
import { Route, Switch } from "wouter-preact";
import { Toasts } from "../parts/toast.tsx";
import { SessionGuard } from "../session/session-guard.tsx";
import { Layout } from "./layout.tsx";
import { Pages } from "./pages.tsx";

const EmbedPage = lazy(() => import("../embed/embed-page.tsx"));
const InvitationPage = lazy(() => import("../invitation/invitation-page.tsx"));
const PasswordResetPage = lazy(() => import("../invitation/password-reset-page.tsx"));

export function App() {
  return (
    <Switch>
      <Route path="/embed/:token">
        {({ token }: { token: string }) => (
          <Suspense fallback={null}>
            <EmbedPage token={token} />
          </Suspense>
        )}
      </Route>
      <Route path="/invitation">
        <Suspense fallback={null}>
          <InvitationPage />
        </Suspense>
      </Route>
      <Route path="/password-reset">
        <Suspense fallback={null}>
          <PasswordResetPage />
        </Suspense>
      </Route>
      <Route>
        <SessionGuard>
          <Layout>
            <Pages />
          </Layout>
        </SessionGuard>
        <Toasts />
      </Route>
    </Switch>
  );
}
