import type { Permission } from "@reelway/shared/permissions";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { isDeadLetters } from "../app/rail-entries.ts";
import { LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { RoomTabs } from "../parts/room-tabs.tsx";
import { useMay } from "../session/session.ts";
import { DeadLetterPage } from "./dead-letters/dead-letter-page.tsx";
import { DeadLettersPage } from "./dead-letters/dead-letters-page.tsx";
import { MessagesPage } from "./messages/messages-page.tsx";
import { Overview } from "./overview.tsx";
import { RunnerPage } from "./runners/runner-page.tsx";
import "./fleet-page.css";

const rooms: readonly { to: string; label: string; needs: Permission; exact?: boolean; also?: string }[] = [
  { to: "/fleet", label: "Overview", needs: "runners:read", exact: true, also: "/fleet/runners" },
  { to: "/fleet/dead-letters", label: "Dead letters", needs: "dead-letters:read" },
  { to: "/fleet/messages", label: "Dead messages", needs: "dead-messages:read" },
];

/** Who does the work, where, how it goes, and what failed for good. Tenants come here for their own dead letters. */
export default function FleetPage() {
  const may = useMay();
  const open = rooms.filter(({ needs }) => may(needs));
  const seesFleet = may("runners:read");
  const [place] = useLocation();
  const isOwnRoom = !seesFleet && isDeadLetters(place) && may("dead-letters:read");
  return (
    <>
      {isOwnRoom ? (
        <nav class="small" aria-label="Back">
          <Link href="/jobs">Jobs</Link>
        </nav>
      ) : null}
      <div class="page-head">
        <h1>{isOwnRoom ? "Dead letters" : "Fleet"}</h1>
      </div>
      {open.length > 1 ? <RoomTabs label="Fleet" tabs={open} /> : null}
      <Switch>
        {seesFleet ? <Route path="/fleet" component={Overview} /> : null}
        {seesFleet ? (
          <Route path="/fleet/runners/:id">{({ id }: { id: string }) => <RunnerPage key={id} id={id} />}</Route>
        ) : null}
        {may("dead-letters:read") ? <Route path="/fleet/dead-letters" component={DeadLettersPage} /> : null}
        {may("dead-letters:read") ? (
          <Route path="/fleet/dead-letters/:id">
            {({ id }: { id: string }) => <DeadLetterPage key={id} id={id} />}
          </Route>
        ) : null}
        {may("dead-messages:read") ? <Route path="/fleet/messages" component={MessagesPage} /> : null}
        <Route>
          <Empty icon="fleet" title="This is not for your role">
            <p>The fleet is seen by members, operators and admins of the tenant that runs this installation.</p>
            <LinkButton to="/jobs" kind="primary">
              All jobs
            </LinkButton>
          </Empty>
        </Route>
      </Switch>
    </>
  );
}
