import type { ApiKey } from "@reelway/shared/contracts/api-key";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { KeyDialog } from "../../keys/key-dialog.tsx";
import { KeyList } from "../../keys/key-list.tsx";
import { Button } from "../../parts/button.tsx";
import { usePaged } from "../../parts/paged.ts";
import { useMay } from "../../session/session.ts";
import { useTenant } from "../use-tenant.ts";

/** All API keys of a tenant. */
export function KeysPage() {
  usePageTitle("API keys");
  const may = useMay();
  const queries = useQueryClient();
  const tenant = useTenant();
  const [making, setMaking] = useState(false);
  const paged = usePaged({
    key: ["keys", tenant.tenantId],
    read: (cursor, signal) => client.keys.list({ ...tenant, ...cursor }, signal),
    refreshMs: 15_000,
  });
  const reread = () => queries.invalidateQueries({ queryKey: ["keys"] });
  const revoke = async ({ id }: ApiKey) => {
    await client.keys.revoke(id, tenant);
    await reread();
  };
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">API keys</h2>
        {may("keys:write") ? (
          <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
            Make a key
          </Button>
        ) : null}
        <p class="soft">
          A key that hangs on a user can never do more than that user. For machines that outlive people, make keys while
          signed in with a key that stands alone.
        </p>
      </div>
      <KeyList paged={paged} {...(may("keys:write") ? { onRevoke: revoke } : {})} />
      {making ? (
        <KeyDialog
          make={async (wanted) => {
            const made = await client.keys.create({ ...wanted, ...tenant });
            await reread();
            return made;
          }}
          onClose={() => setMaking(false)}
        />
      ) : null}
    </section>
  );
}
