import type { ApiKey } from "@reelway/shared/contracts/api-key";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { KeyDialog } from "../keys/key-dialog.tsx";
import { KeyList } from "../keys/key-list.tsx";
import { Button } from "../parts/button.tsx";
import { usePaged } from "../parts/paged.ts";

/** Keys that hang on oneself: whatever one's role, they can never do more. */
export function OwnKeys() {
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const paged = usePaged({ key: ["own-keys"], read: (cursor, signal) => client.keys.listOwn(cursor, signal) });
  const reread = () => queries.invalidateQueries({ queryKey: ["own-keys"] });
  const revoke = async ({ id }: ApiKey) => {
    await client.keys.revokeOwn(id);
    await reread();
  };
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">Your API keys</h2>
        <Button icon="plus" onClick={() => setMaking(true)}>
          Make a key
        </Button>
        <p class="soft">They may do what you may, and no longer than you may.</p>
      </div>
      <KeyList paged={paged} onRevoke={revoke} />
      {making ? (
        <KeyDialog
          make={async (wanted) => {
            const made = await client.keys.createOwn(wanted);
            await reread();
            return made;
          }}
          onClose={() => setMaking(false)}
        />
      ) : null}
    </section>
  );
}
