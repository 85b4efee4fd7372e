import type { DeadMessage } from "@reelway/shared/contracts/dead-message";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { useMay } from "../../session/session.ts";

type Asked = { readonly verb: "replay" | "discard"; readonly message: DeadMessage };

/** Messages of the platform's own queues that could not be handled. */
export function MessagesPage() {
  usePageTitle("Dead messages");
  const may = useMay();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const paged = usePaged({
    key: ["dead-messages"],
    read: (cursor, signal) => client.deadMessages.list(cursor, signal),
    refreshMs: 20_000,
  });
  const columns: readonly Column<DeadMessage>[] = [
    { title: "Queue", cell: ({ queue }) => <span class="strong">{queue}</span> },
    { title: "Message", cell: ({ body }) => <code class="small">{body}</code> },
    { title: "Attempts", kind: "end", cell: ({ attempts }) => attempts },
    { title: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: "Actions",
      kind: "actions",
      cell: (message) =>
        may("dead-messages:write") ? (
          <>
            <Button small icon="repeat" onClick={() => setAsked({ verb: "replay", message })}>
              Send again
            </Button>
            <Button small kind="danger" onClick={() => setAsked({ verb: "discard", message })}>
              Discard
            </Button>
          </>
        ) : null,
    },
  ];
  const act = async ({ verb, message }: Asked) => {
    await client.deadMessages[verb](message.id);
    await queries.invalidateQueries({ queryKey: ["dead-messages"] });
    tell(verb === "replay" ? "Message sent again." : "Message discarded.", message.id);
  };
  return (
    <section>
      <div class="room-head">
        <h2>Dead messages</h2>
        <p class="soft">
          Messages between the parts of this installation that failed six times. No job is lost with one: the sweep
          finds by itself what they were to hurry.
        </p>
      </div>
      <Listing label="Dead messages" paged={paged} columns={columns} keyOf={({ id }) => id} empty={<NoMessages />} />
      {asked === null ? null : (
        <Confirm
          title={asked.verb === "replay" ? "Send this message again?" : "Discard this message?"}
          act={asked.verb === "replay" ? "Send again" : "Discard"}
          tone={asked.verb === "replay" ? "primary" : "danger"}
          onAct={() => act(asked)}
          onClose={() => setAsked(null)}
        >
          {asked.verb === "replay"
            ? "It goes to its queue as it was. When it fails again, it comes back here."
            : "What it was to hurry is found by the sweep, within a minute or so."}
        </Confirm>
      )}
    </section>
  );
}

function NoMessages() {
  return (
    <Empty icon="check" title="No dead messages">
      <p>Every message between the parts of this installation was handled.</p>
    </Empty>
  );
}
