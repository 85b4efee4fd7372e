import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { tell } from "../../parts/toast.tsx";
import { useMay } from "../../session/session.ts";

/** Forgets the failures of somebody who is paused. */
export function ResetPause({ breakerKey, name }: { breakerKey: string; name: string }) {
  const may = useMay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  if (!may("breakers:write")) return null;
  return (
    <>
      <Button small icon="repeat" onClick={() => setAsking(true)}>
        Try again now<span class="unseen"> with {name}</span>
      </Button>
      {asking ? (
        <Confirm
          title={`Let ${name} go on at once?`}
          act="Try again now"
          tone="primary"
          onClose={() => setAsking(false)}
          onAct={async () => {
            await client.breakers.reset(breakerKey);
            await queries.invalidateQueries({ queryKey: ["breakers"] });
            tell(`The pause of ${name} is over.`, breakerKey);
          }}
        >
          The failures are forgotten. Do it when their cause is gone: otherwise they cost more attempts.
        </Confirm>
      ) : null}
    </>
  );
}
