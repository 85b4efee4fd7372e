import { type Webhook, WebhookEventType, type WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Checks } from "../../parts/checks.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { SecretDialog } from "../../parts/secret-dialog.tsx";
import { TextField } from "../../parts/text-field.tsx";

const choices = WebhookEventType.options.map((value) => ({ value, label: value }));

/** A new endpoint, and then its secret; or changes of one that is there. */
export function EndpointDialog({ endpoint, onClose }: { endpoint?: Webhook; onClose: () => void }) {
  const queries = useQueryClient();
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [description, setDescription] = useState(endpoint?.description ?? "");
  const [events, setEvents] = useState<ReadonlySet<WebhookEventType>>(
    new Set(WebhookEventType.options.filter((type) => endpoint?.events.includes(type) ?? true)),
  );
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  if (made !== null) return <EndpointSecret made={made} onClose={onClose} />;
  const send = async () => {
    const wanted = { url: url.trim(), description, events: [...events] };
    if (endpoint === undefined) setMade(await client.webhooks.create(wanted));
    else await client.webhooks.update(endpoint.id, wanted);
    await queries.invalidateQueries({ queryKey: ["webhooks"] });
    return endpoint !== undefined;
  };
  return (
    <FormDialog
      title={endpoint === undefined ? "New endpoint" : "Change the endpoint"}
      act={endpoint === undefined ? "Make it" : "Save"}
      onSend={send}
      onClose={onClose}
      incomplete={events.size === 0}
    >
      <TextField
        label="Address"
        hint="https, with a public name. It is sent POST requests: first webhook.verify, whose challenge it has to send back."
        type="url"
        required
        spellcheck={false}
        placeholder="https://example.com/hooks"
        value={url}
        onText={setUrl}
      />
      <TextField label="Description" maxLength={200} value={description} onText={setDescription} />
      <Checks legend="Events" choices={choices} chosen={events} onChoose={setEvents} />
    </FormDialog>
  );
}

export function EndpointSecret({ made, onClose }: { made: WebhookWithSecret; onClose: () => void }) {
  return (
    <SecretDialog title="The endpoint's secret" label="Secret" secret={made.secret ?? ""} onClose={onClose}>
      With it your server tells our calls from others': the libraries of Standard Webhooks take it as it is.
    </SecretDialog>
  );
}
