import type { WebhookDeliveryDetail } from "@reelway/shared/contracts/webhook";
import { counted } from "@reelway/shared/counted";
import { useQuery, useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Code } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Skeleton } from "../../parts/skeleton.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { fullTime } from "../../parts/units.ts";
import { useMay } from "../../session/session.ts";
import { deliveryState, tookInWords } from "./delivery-states.ts";

/** What was sent, what was answered, and once more. */
export function DeliveryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const may = useMay();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["deliveries", "one", id],
    queryFn: ({ signal }) => client.webhooks.delivery(id, signal),
    refetchInterval: ({ state }) => (state.data?.state === "pending" ? 1_500 : false),
  });
  const again = async () => {
    setBusy(true);
    try {
      await client.webhooks.redeliver(id);
      await queries.invalidateQueries({ queryKey: ["deliveries"] });
      tell(`${data?.eventType} is sent again.`, id);
    } catch (refusal) {
      tellFailure(`${data?.eventType} is not sent`, refusal, id);
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={data?.eventType ?? "Delivery"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          {may("webhooks:write") && data !== undefined && data.eventType !== "webhook.verify" ? (
            <Button kind="primary" icon="repeat" busy={busy} onClick={() => void again()}>
              Send again
            </Button>
          ) : null}
        </>
      }
    >
      {error !== null && data === undefined ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton lines={6} />
      ) : (
        <Shown delivery={data} />
      )}
    </Dialog>
  );
}

function Shown({ delivery }: { delivery: WebhookDeliveryDetail }) {
  const { state, attempts, dueAt, lastStatus, lastError, lastDurationMs, request, response, url } = delivery;
  const { tone, word } = deliveryState({ state, attempts });
  return (
    <>
      <p class="line">
        <Badge tone={tone}>{word}</Badge>
        <span class="soft">
          {[
            counted(attempts, "attempt"),
            ...(lastStatus === null ? [] : [`HTTP ${lastStatus}`]),
            ...(lastDurationMs === null ? [] : [tookInWords(lastDurationMs)]),
            ...(lastError === null ? [] : [lastError]),
            ...(dueAt === null || attempts === 0 ? [] : [`next try at ${fullTime(dueAt)}`]),
          ].join(" · ")}
        </span>
      </p>
      <p class="small soft">{url}</p>
      {request === null ? null : <Said label="Headers as sent" text={headersOf(request.headers)} />}
      {request === null ? null : <Said label="Body as sent" text={request.body ?? "(not kept any more)"} />}
      {response === null ? null : <Said label="Beginning of the answer" text={response || "(empty)"} />}
    </>
  );
}

function Said({ label, text }: { label: string; text: string }) {
  return (
    <div class="pair">
      <h3 class="small soft">{label}</h3>
      <Code text={text} label={label} />
    </div>
  );
}

function headersOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
