import { type WebhookDelivery, WebhookDeliveryState } from "@reelway/shared/contracts/webhook";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import { Select } from "../../parts/select.tsx";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { fullTime, minuteTime } from "../../parts/units.ts";
import { DeliveryDialog } from "./delivery-dialog.tsx";
import { deliveryState, deliveryStates, tookInWords } from "./delivery-states.ts";

const states = [
  { value: "" as const, label: "All states" },
  ...WebhookDeliveryState.options.map((value) => ({
    value,
    label: value === "pending" ? "Waiting or retrying" : deliveryStates[value].word,
  })),
];

/** The log of what was sent: to one endpoint, or to all and to jobs' own addresses. */
export function Deliveries({ webhookId }: { webhookId?: string }) {
  const [state, setState] = useState<WebhookDeliveryState | "">("");
  const [shown, setShown] = useState<string | null>(null);
  const filters = { ...(webhookId === undefined ? {} : { webhookId }), ...(state === "" ? {} : { state }) };
  const paged = usePaged({
    key: ["deliveries", filters],
    read: (cursor, signal) => client.webhooks.deliveries({ ...filters, ...cursor }, signal),
    refreshMs: 3_000,
  });
  const columns: Column<WebhookDelivery>[] = [
    {
      title: "Event",
      onPhone: "lead",
      cell: ({ eventType, url }) => (
        <div class="pair">
          <span class="strong">{eventType}</span>
          {webhookId === undefined ? <span class="small soft">{url}</span> : null}
        </div>
      ),
    },
    {
      title: "State",
      onPhone: "mark",
      cell: (one) => <Standing delivery={one} />,
    },
    { title: "Answer", onPhone: "first", cell: (one) => answerOf(one) },
    { title: "Attempts", kind: "end", onPhone: "hidden", cell: ({ attempts }) => attempts },
    {
      title: "Took",
      kind: "end",
      onPhone: "hidden",
      cell: ({ lastDurationMs: ms }) => (ms === null ? "–" : tookInWords(ms)),
    },
    { title: "Created", onPhone: "second", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: "Actions",
      kind: "actions",
      cell: ({ id, eventType }) => (
        <Button small onClick={() => setShown(id)}>
          Show
          <span class="unseen"> the delivery of {eventType}</span>
        </Button>
      ),
    },
  ];
  return (
    <>
      <div class="filters">
        <Select aria-label="State of deliveries" value={state} choices={states} onChoose={setState} />
      </div>
      <Listing
        label="Deliveries"
        paged={paged}
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <p class="listing-none soft">
            {state === "" ? "Nothing has been sent in the last 30 days." : "No delivery is in this state."}
          </p>
        }
      />
      {shown === null ? null : <DeliveryDialog id={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function Standing({ delivery }: { delivery: WebhookDelivery }) {
  const { tone, word } = deliveryState(delivery);
  const { state, attempts, dueAt } = delivery;
  return (
    <div class="pair">
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      {state === "pending" && attempts > 0 && dueAt !== null ? (
        <span class="small soft">next at {soonTime(dueAt)}</span>
      ) : null}
    </div>
  );
}

/** Of today the time alone. */
function soonTime(at: number): string {
  return new Date(at).toDateString() === new Date().toDateString() ? minuteTime(at) : fullTime(at);
}

function answerOf({ lastStatus, lastError, attempts }: WebhookDelivery): string {
  const isWelcome = lastStatus !== null && lastStatus >= 200 && lastStatus < 300;
  // Of a verification alone.
  if (isWelcome && lastError !== null) return `HTTP ${lastStatus}, no challenge`;
  if (lastStatus !== null) return `HTTP ${lastStatus}`;
  return lastError ?? (attempts === 0 ? "not tried yet" : "none");
}
