import { Redirect, Route, Switch } from "wouter-preact";
import { LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { RoomTabs } from "../parts/room-tabs.tsx";
import { useMay } from "../session/session.ts";
import { rooms } from "./rooms.ts";
import { TenantBanner } from "./tenant-banner.tsx";
import { useTenant } from "./use-tenant.ts";
import { WebhookPage } from "./webhooks/webhook-page.tsx";

/** The rooms of whoever looks after people, keys, receivers and bills: those that their role may see. */
export default function AdminPage() {
  const may = useMay();
  const open = rooms.filter(({ needs }) => may(needs));
  const [first] = open;
  const { tenantId } = useTenant();
  const search = tenantId === undefined ? "" : `?tenant=${tenantId}`;
  return (
    <>
      <div class="page-head">
        <h1>Admin</h1>
      </div>
      <RoomTabs
        label="Admin"
        tabs={open.map(({ path, label, byTenant }) => ({ to: `/admin${path}`, label, search: byTenant ? search : "" }))}
      />
      <Switch>
        {open.map(({ path, page: Page, byTenant }) => (
          <Route key={path} path={`/admin${path}`}>
            {byTenant ? <TenantBanner /> : null}
            <Page />
          </Route>
        ))}
        {may("webhooks:read") ? (
          <Route path="/admin/webhooks/:id">{({ id }: { id: string }) => <WebhookPage key={id} id={id} />}</Route>
        ) : null}
        <Route path="/admin">{first ? <Redirect to={`/admin${first.path}`} replace /> : <NotForYou />}</Route>
        <Route>
          <NotForYou />
        </Route>
      </Switch>
    </>
  );
}

function NotForYou() {
  return (
    <Empty icon="admin" title="This is not for your role">
      <p>Nobody has given you what this page needs, or there is no such page. An admin of your tenant can change it.</p>
      <LinkButton to="/jobs" kind="primary">
        All jobs
      </LinkButton>
    </Empty>
  );
}
