import type { Webhook } from "@reelway/shared/contracts/webhook";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import { SecretDialog } from "../../parts/secret-dialog.tsx";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { tellFailure } from "../../parts/toast.tsx";
import { useMay } from "../../session/session.ts";
import { Deliveries } from "./deliveries.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { EndpointState } from "./endpoint-state.tsx";
import { eventsInWords } from "./events-in-words.ts";

/** Who is told of events, and what they were told last. */
export function WebhooksPage() {
  usePageTitle("Webhooks");
  const may = useMay();
  const [making, setMaking] = useState(false);
  const [jobSecret, setJobSecret] = useState<string | null>(null);
  const paged = usePaged({
    key: ["webhooks"],
    read: (cursor, signal) => client.webhooks.list(cursor, signal),
    refreshMs: 10_000,
  });
  const showJobSecret = () =>
    client.webhooks.jobSecret().then(
      ({ secret }) => setJobSecret(secret),
      (error: unknown) => tellFailure("The secret can't be shown", error),
    );
  return (
    <div class="stack-wide">
      <section>
        <div class="room-head">
          <h2 class="grow">Webhooks</h2>
          {may("webhooks:write") ? (
            <div class="room-acts">
              <Button icon="key" onClick={() => void showJobSecret()}>
                Signing secret of jobs
              </Button>
              <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
                New endpoint
              </Button>
            </div>
          ) : null}
          <p class="soft">
            Each endpoint is sent the events that it asks for, signed as Standard Webhooks. What fails is tried again
            for 28 hours.
          </p>
        </div>
        <Listing
          label="Webhook endpoints"
          paged={paged}
          columns={columns}
          keyOf={({ id }) => id}
          empty={<NoEndpoint onAdd={may("webhooks:write") ? () => setMaking(true) : undefined} />}
        />
      </section>
      {/* Endpoints that come later would push it down. */}
      {paged.items === undefined && paged.error === null ? null : (
        <section>
          <div class="room-head">
            <h2>Deliveries</h2>
          </div>
          <Deliveries />
        </section>
      )}
      {making ? <EndpointDialog onClose={() => setMaking(false)} /> : null}
      {jobSecret === null ? null : (
        <SecretDialog
          title="Signing secret of jobs"
          label="Secret"
          secret={jobSecret}
          lasting
          onClose={() => setJobSecret(null)}
        >
          What a job's own webhookUrl is sent is signed with this. It is the same for all jobs of the tenant.
        </SecretDialog>
      )}
    </div>
  );
}

const columns: readonly Column<Webhook>[] = [
  {
    title: "Endpoint",
    onPhone: "lead",
    cell: ({ id, url, description }) => (
      <div class="pair">
        <Link href={`/admin/webhooks/${id}`}>{url}</Link>
        {description === "" ? null : <span class="small soft">{description}</span>}
      </div>
    ),
  },
  { title: "State", onPhone: "mark", cell: (endpoint) => <EndpointState endpoint={endpoint} /> },
  { title: "Events", onPhone: "first", cell: ({ events }) => eventsInWords(events) },
  {
    title: "Failures",
    kind: "end",
    onPhone: "hidden",
    cell: ({ failures }) => (failures === 0 ? "none" : `${failures} in a row`),
  },
  { title: "Created", onPhone: "second", cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function NoEndpoint({ onAdd }: { onAdd: (() => void) | undefined }) {
  return (
    <Empty icon="link" title="No endpoints yet">
      <p>An endpoint is an https address of yours. It hears when a job succeeds, fails, or is tried again.</p>
      {onAdd ? <Button onClick={onAdd}>Add an endpoint</Button> : null}
    </Empty>
  );
}
