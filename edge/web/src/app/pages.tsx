import { lazy, Suspense } from "preact/compat";
import { Redirect, Route, Switch } from "wouter-preact";
import { ConvertPage } from "../convert/convert-page.tsx";
import { JobPage } from "../job/job-page.tsx";
import { JobsPage } from "../jobs/jobs-page.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { useMay } from "../session/session.ts";

const FleetPage = lazy(() => import("../fleet/fleet-page.tsx"));
const AdminPage = lazy(() => import("../admin/admin-page.tsx"));
const AccountPage = lazy(() => import("../account/account-page.tsx"));

/** Every address of the page. What stands in the rail is in rail-entries.ts. */
export function Pages() {
  const may = useMay();
  return (
    <Switch>
      <Route path="/">{may("jobs:write") ? <ConvertPage /> : <Redirect to="/jobs" replace />}</Route>
      <Route path="/jobs" component={JobsPage} />
      <Route path="/jobs/:id">{({ id }: { id: string }) => <JobPage key={id} id={id} />}</Route>
      <Route path="/fleet/*?">
        <Suspense fallback={<Skeleton lines={8} />}>
          <FleetPage />
        </Suspense>
      </Route>
      <Route path="/admin/*?">
        <Suspense fallback={<Skeleton lines={8} />}>
          <AdminPage />
        </Suspense>
      </Route>
      <Route path="/account">
        <Suspense fallback={<Skeleton lines={8} />}>
          <AccountPage />
        </Suspense>
      </Route>
      <Route path="/sign-in">
        <Redirect to="/" replace />
      </Route>
      <Route>
        <Empty icon="search" title="There is no such page">
          <p>The address may be mistyped, or from another version of Reelway.</p>
          <LinkButton to="/jobs" kind="primary">
            All jobs
          </LinkButton>
        </Empty>
      </Route>
    </Switch>
  );
}
