import type { ApiKey } from "@reelway/shared/contracts/api-key";
import { useState } from "preact/hooks";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Empty } from "../parts/empty.tsx";
import { Listing } from "../parts/listing.tsx";
import type { Paged } from "../parts/paged.ts";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { fullTime } from "../parts/units.ts";

interface KeyListProps {
  paged: Paged<ApiKey>;
  /** Absent for whoever may not. */
  onRevoke?: (key: ApiKey) => Promise<void>;
}

export function KeyList({ paged, onRevoke }: KeyListProps) {
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const columns: Column<ApiKey>[] = [
    {
      title: "Name",
      cell: ({ name, prefix }) => (
        <div class="pair">
          <span class="strong">{name}</span>
          <code class="small soft">{prefix}…</code>
        </div>
      ),
    },
    { title: "Role", cell: (key) => <Rights apiKey={key} /> },
    { title: "State", cell: (key) => <State apiKey={key} /> },
    { title: "Last used", cell: (key) => <LastUse apiKey={key} /> },
    { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: "Actions",
      kind: "actions",
      cell: (key) =>
        onRevoke && stateOf(key).holds ? (
          <Button small kind="danger" onClick={() => setRevoking(key)}>
            Revoke
            <span class="unseen"> {key.name}</span>
          </Button>
        ) : null,
    },
  ];
  return (
    <>
      <Listing label="API keys" paged={paged} columns={columns} keyOf={({ id }) => id} empty={<NoKeys />} />
      {revoking === null || !onRevoke ? null : (
        <Confirm
          title="Revoke this key?"
          act="Revoke it"
          onAct={() => onRevoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          Whatever uses <strong>{revoking.name}</strong> ({revoking.prefix}…) is refused everywhere within 30 seconds. A
          key can't be brought back.
        </Confirm>
      )}
    </>
  );
}

function Rights({ apiKey: { role, scopes, makerId } }: { apiKey: ApiKey }) {
  return (
    <div class="pair">
      <span title={scopes?.join(", ")}>
        {role}
        {scopes === null ? "" : `, ${scopes.length} of its rights`}
      </span>
      {makerId === null ? null : <span class="small soft">hangs on a user</span>}
    </div>
  );
}

/** It is noted to the minute, which may have begun before the key was made. */
function LastUse({ apiKey: { lastUsedAt, createdAt } }: { apiKey: ApiKey }) {
  return lastUsedAt === null ? <>never</> : <Time at={Math.max(lastUsedAt, createdAt)} />;
}

function State({ apiKey }: { apiKey: ApiKey }) {
  const { tone, word } = stateOf(apiKey);
  return (
    <div class="pair">
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      {apiKey.expiresAt === null || apiKey.revokedAt !== null ? null : (
        <span class="small soft">until {fullTime(apiKey.expiresAt)}</span>
      )}
    </div>
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey): { tone: Tone; word: string; holds: boolean } {
  if (revokedAt !== null) return { tone: "neutral", word: "Revoked", holds: false };
  if (expiresAt !== null && expiresAt <= Date.now()) return { tone: "neutral", word: "Expired", holds: false };
  return { tone: "good", word: "Active", holds: true };
}

function NoKeys() {
  return (
    <Empty icon="key" title="No API keys">
      <p>A key lets a program do what its role may: upload, convert, ask how far it is.</p>
    </Empty>
  );
}
