import type { Session } from "@reelway/shared/contracts/session";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { Badge } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Listing } from "../parts/listing.tsx";
import type { Paged } from "../parts/paged.ts";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { tell, tellFailure } from "../parts/toast.tsx";
import { deviceName } from "./device-name.ts";

/** Where one is signed in, and the way out of each place but this one. */
export function Sessions({ paged }: { paged: Paged<Session> }) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const end = async (said: string, call: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await call();
      tell(said);
    } catch (error) {
      tellFailure("It is not ended", error);
    }
    await queries.invalidateQueries({ queryKey: ["sessions"] });
    setBusy(false);
  };
  const columns: Column<Session>[] = [
    {
      title: "Where",
      cell: ({ browser, userAgent, ip, current }) => (
        <div class="pair">
          <span class="line">
            <span class="strong">{deviceName(userAgent, browser)}</span>
            {current ? <Badge tone="good">Here</Badge> : null}
          </span>
          <span class="small soft">{ip ?? "from an unknown address"}</span>
        </div>
      ),
    },
    { title: "Last used", cell: ({ refreshedAt }) => <Time at={refreshedAt} /> },
    { title: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: "Actions",
      kind: "actions",
      cell: ({ id, current, userAgent, browser }) =>
        current ? null : (
          <Button
            small
            busy={busy}
            onClick={() =>
              void end(`${deviceName(userAgent, browser)} is signed out.`, () => client.auth.revokeSession(id))
            }
          >
            Sign out
            <span class="unseen"> of {deviceName(userAgent, browser)}</span>
          </Button>
        ),
    },
  ];
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">Sign-ins</h2>
        <Button
          busy={busy}
          onClick={() =>
            void end("You are signed out everywhere else.", () => client.auth.revokeSessions({ keep: "current" }))
          }
        >
          Sign out everywhere else
        </Button>
      </div>
      <Listing
        label="Sign-ins"
        paged={paged}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="listing-none soft">You are signed in nowhere else.</p>}
      />
    </section>
  );
}
