import type { User } from "@reelway/shared/contracts/user";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useMay } from "../../session/session.ts";
import { useTenant } from "../use-tenant.ts";
import { Invitations } from "./invitations.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { UserDialog } from "./user-dialog.tsx";

/** The people of a tenant, and who is asked to join them. */
export function UsersPage() {
  usePageTitle("Users");
  const may = useMay();
  const tenant = useTenant();
  const [open, setOpen] = useState<"invite" | User | null>(null);
  const paged = usePaged({
    key: ["users", tenant.tenantId],
    read: (cursor, signal) => client.users.list({ ...tenant, ...cursor }, signal),
    refreshMs: 15_000,
  });
  const columns: Column<User>[] = [
    {
      title: "Who",
      cell: ({ name, email }) => (
        <div class="pair">
          <span class="strong">{name}</span>
          <span class="small soft">{email}</span>
        </div>
      ),
    },
    { title: "Role", cell: ({ role }) => role },
    { title: "Standing", cell: (user) => <Standing user={user} /> },
    { title: "Last sign-in", cell: ({ lastLoginAt }) => (lastLoginAt === null ? "never" : <Time at={lastLoginAt} />) },
    { title: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: "Actions",
      kind: "actions",
      cell: (user) =>
        may("users:write") ? (
          <Button small onClick={() => setOpen(user)}>
            Change
            <span class="unseen"> {user.email}</span>
          </Button>
        ) : null,
    },
  ];
  const close = () => setOpen(null);
  return (
    <div class="stack-wide">
      <section>
        <div class="room-head">
          <h2 class="grow">Users</h2>
          {may("users:write") ? (
            <Button kind="primary" icon="plus" onClick={() => setOpen("invite")}>
              Invite somebody
            </Button>
          ) : null}
        </div>
        <Listing label="Users" paged={paged} columns={columns} keyOf={({ id }) => id} empty={<NobodyYet />} />
      </section>
      {/* Users who come later would push it down. */}
      {paged.items === undefined && paged.error === null ? null : <Invitations />}
      {open === "invite" ? <InviteDialog onClose={close} /> : null}
      {open !== null && open !== "invite" ? <UserDialog user={open} onClose={close} /> : null}
    </div>
  );
}

function Standing({ user: { disabledAt } }: { user: User }) {
  return disabledAt === null ? <Badge tone="good">Active</Badge> : <Badge tone="bad">Disabled</Badge>;
}

function NobodyYet() {
  return (
    <Empty icon="admin" title="Nobody has an account yet">
      <p>API keys work without one. Invite people, and they sign in with their e-mail address and a password.</p>
    </Empty>
  );
}
