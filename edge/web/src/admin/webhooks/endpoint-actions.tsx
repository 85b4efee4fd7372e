import type { Webhook } from "@reelway/shared/contracts/webhook";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import "./webhook-page.css";

interface EndpointActionsProps {
  endpoint: Webhook;
  onOpen: (dialog: "change" | "rotate" | "delete") => void;
}

export function EndpointActions({ endpoint: { id, url, state, verifiedAt }, onOpen }: EndpointActionsProps) {
  const { host, pathname } = new URL(url);
  const name = pathname === "/" ? host : `${host}${pathname}`;
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const act = async (said: string, call: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await call();
      await queries.invalidateQueries({ queryKey: ["webhooks"] });
      await queries.invalidateQueries({ queryKey: ["deliveries"] });
      tell(said, id);
    } catch (error) {
      tellFailure(`${name} could not be changed`, error, id);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="webhook-actions">
      {verifiedAt !== null ? null : (
        <Button
          kind="primary"
          icon="repeat"
          busy={busy}
          onClick={() => void act(`${name} is asked again.`, () => client.webhooks.verify(id))}
        >
          Verify again
        </Button>
      )}
      {state === "enabled" || verifiedAt === null ? null : (
        <Button
          kind="primary"
          icon="play"
          busy={busy}
          onClick={() => void act(`${name} is enabled.`, () => client.webhooks.update(id, { enabled: true }))}
        >
          Enable
        </Button>
      )}
      {state === "disabled" ? null : (
        <>
          <Button
            icon="bell"
            busy={busy}
            onClick={() => void act(`A test for ${name} is queued.`, () => client.webhooks.test(id))}
          >
            Send a test
          </Button>
          <Button
            icon="pause"
            busy={busy}
            onClick={() => void act(`${name} is disabled.`, () => client.webhooks.update(id, { enabled: false }))}
          >
            Disable
          </Button>
        </>
      )}
      <Button onClick={() => onOpen("change")}>Change</Button>
      <Button onClick={() => onOpen("rotate")}>New secret</Button>
      <Button kind="danger" onClick={() => onOpen("delete")}>
        Delete
      </Button>
    </div>
  );
}
