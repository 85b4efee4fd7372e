import type { Webhook, WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { useQuery, useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Confirm } from "../../parts/confirm.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Skeleton } from "../../parts/skeleton.tsx";
import { fullTime } from "../../parts/units.ts";
import { useMay } from "../../session/session.ts";
import { Deliveries } from "./deliveries.tsx";
import { EndpointActions } from "./endpoint-actions.tsx";
import { EndpointDialog, EndpointSecret } from "./endpoint-dialog.tsx";
import { EndpointState } from "./endpoint-state.tsx";
import { eventsInWords } from "./events-in-words.ts";
import "./webhook-page.css";

/** One endpoint: how it does, what it was sent, and what can be done with it. */
export function WebhookPage({ id }: { id: string }) {
  usePageTitle("Webhook");
  const may = useMay();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [open, setOpen] = useState<"change" | "rotate" | "delete" | null>(null);
  const [rotated, setRotated] = useState<WebhookWithSecret | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["webhooks", "one", id],
    queryFn: ({ signal }) => client.webhooks.get(id, signal),
    refetchInterval: 5_000,
  });
  const close = () => setOpen(null);
  if (error !== null && data === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <div class="stack-wide">
      <header class="stack">
        <nav class="small" aria-label="Breadcrumb">
          <Link href="/admin/webhooks">Webhooks</Link>
        </nav>
        {data === undefined ? (
          <Skeleton lines={2} />
        ) : (
          <>
            <div class="webhook-title">
              <h2 class="cut" title={data.url}>
                {data.url}
              </h2>
              <EndpointState endpoint={data} />
              {may("webhooks:write") ? <EndpointActions endpoint={data} onOpen={setOpen} /> : null}
            </div>
            <Notice endpoint={data} />
            <p class="soft">{standingOf(data)}</p>
            {data.verifiedAt === null ? <HowToVerify isDisabled={data.state === "disabled"} /> : null}
          </>
        )}
      </header>
      {/* What the head becomes would push it down. */}
      {data === undefined ? null : (
        <section>
          <div class="room-head">
            <h2>Deliveries</h2>
          </div>
          <Deliveries webhookId={id} />
        </section>
      )}
      {open === "change" && data ? <EndpointDialog endpoint={data} onClose={close} /> : null}
      {open === "rotate" ? (
        <Confirm
          title="Give it a new secret?"
          act="Make a new secret"
          onClose={close}
          onAct={async () => {
            setRotated(await client.webhooks.rotateSecret(id));
            await refetch();
          }}
        >
          For 24 hours calls are signed with both, so that your server can take the new one without missing any. A
          second rotation within them ends the first secret at once.
        </Confirm>
      ) : null}
      {open === "delete" ? (
        <Confirm
          title="Delete this endpoint?"
          act="Delete it"
          onClose={close}
          onAct={async () => {
            await client.webhooks.delete(id);
            queries.removeQueries({ queryKey: ["webhooks", "one", id] });
            await queries.invalidateQueries({ queryKey: ["webhooks"], refetchType: "none" });
            go("/admin/webhooks", { replace: true });
          }}
        >
          What is on its way to it fails, and its secret is gone.
        </Confirm>
      ) : null}
      {rotated === null ? null : <EndpointSecret made={rotated} onClose={() => setRotated(null)} />}
    </div>
  );
}

function HowToVerify({ isDisabled }: { isDisabled: boolean }) {
  return (
    <p class="soft">
      Before the first event it is sent <code>webhook.verify</code>, and has to send back the call's{" "}
      <code>data.challenge</code>, as it is or as <code>{'{"challenge": "…"}'}</code>.{" "}
      {isDisabled ? "Have your server do so, then verify again." : "Events wait until it has."}
    </p>
  );
}

/** What is wrong with it, where something is. */
function Notice({ endpoint: { failures, failingSince, pausedUntil, disabledReason } }: { endpoint: Webhook }) {
  const said = [
    ...(failures > 0 && failingSince !== null
      ? [`${failures} ${failures === 1 ? "failure" : "failures in a row"} since ${fullTime(failingSince)}.`]
      : []),
    ...(pausedUntil !== null ? [`Paused until ${fullTime(pausedUntil)}: then one call tries whether it is back.`] : []),
    ...(disabledReason !== null ? [`${disabledReason}.`] : []),
  ];
  return said.length === 0 ? null : <p class="webhook-notice">{said.join(" ")}</p>;
}

function standingOf({ events, previousSecretUntil }: Webhook): string {
  return [
    `Told of ${eventsInWords(events)}.`,
    ...(previousSecretUntil !== null ? [`The secret before signs too until ${fullTime(previousSecretUntil)}.`] : []),
  ].join(" ");
}
