import type { Invitation } from "@reelway/shared/contracts/invitation";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { fullTime } from "../../parts/units.ts";
import { useMay } from "../../session/session.ts";
import { useTenant } from "../use-tenant.ts";

/** Links that were given out: to join, or to a new password. */
export function Invitations() {
  const may = useMay();
  const queries = useQueryClient();
  const tenant = useTenant();
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  const paged = usePaged({
    key: ["invitations", tenant.tenantId],
    read: (cursor, signal) => client.invitations.list({ ...tenant, ...cursor }, signal),
    refreshMs: 15_000,
  });
  const columns: Column<Invitation>[] = [
    { title: "For", cell: ({ email }) => <span class="strong">{email}</span> },
    { title: "To", cell: ({ userId, role }) => (userId === null ? `join as ${role}` : "a new password") },
    { title: "State", cell: (one) => <StateBadge {...stateOf(one)} /> },
    { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { title: "Until", cell: ({ expiresAt }) => fullTime(expiresAt) },
    {
      title: "Actions",
      kind: "actions",
      cell: (one) =>
        may("users:write") && stateOf(one).open ? (
          <Button small kind="danger" onClick={() => setRevoking(one)}>
            Revoke
            <span class="unseen"> the link of {one.email}</span>
          </Button>
        ) : null,
    },
  ];
  const revoke = async ({ id }: Invitation) => {
    await client.invitations.revoke(id, tenant);
    await queries.invalidateQueries({ queryKey: ["invitations"] });
  };
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">Links that were given out</h2>
      </div>
      <Listing
        label="Invitations"
        paged={paged}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="listing-none soft">Nobody has been invited so far.</p>}
      />
      {revoking === null ? null : (
        <Confirm
          title="Revoke this link?"
          act="Revoke it"
          onAct={() => revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          Whoever has the link of {revoking.email} can't use it any more. Another can be made at any time.
        </Confirm>
      )}
    </section>
  );
}

function StateBadge({ tone, word }: { tone: Tone; word: string }) {
  return <Badge tone={tone}>{word}</Badge>;
}

function stateOf(one: Invitation): { tone: Tone; word: string; open: boolean } {
  if (one.acceptedAt !== null) return { tone: "good", word: "Used", open: false };
  if (one.revokedAt !== null) return { tone: "neutral", word: "Revoked", open: false };
  if (one.expiresAt <= Date.now()) return { tone: "neutral", word: "Expired", open: false };
  return { tone: "accent", word: "Open", open: true };
}
