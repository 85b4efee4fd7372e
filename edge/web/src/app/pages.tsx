import { Redirect, Route, Switch } from "wouter-preact";
import { ConvertPage } from "../convert/convert-page.tsx";
import { JobPage } from "../job/job-page.tsx";
import { JobsPage } from "../jobs/jobs-page.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";

/** Every address of the page. What stands in the rail is in rail-entries.ts. */
export function Pages() {
  return (
    <Switch>
      <Route path="/" component={ConvertPage} />
      <Route path="/jobs" component={JobsPage} />
      <Route path="/jobs/:id">{({ id }: { id: string }) => <JobPage key={id} id={id} />}</Route>
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
