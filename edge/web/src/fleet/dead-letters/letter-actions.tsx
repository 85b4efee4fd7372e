import type { DeadLetterDetail } from "@reelway/shared/contracts/dead-letter";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { useWhyNoReplay } from "./may-replay.ts";

/** Runs the job again, or takes it off the list. */
export function LetterActions({ letter: { id, discardedAt } }: { letter: DeadLetterDetail }) {
  const queries = useQueryClient();
  const whyNot = useWhyNoReplay();
  const [busy, setBusy] = useState(false);
  const act = async (verb: "replay" | "discard", said: string) => {
    setBusy(true);
    try {
      const { items } = await client.deadLetters[verb]({ ids: [id] });
      const refusal = items[0]?.code ?? null;
      tell(refusal === null ? said : `It was refused: ${refusal}.`);
      await queries.invalidateQueries({ queryKey: ["dead-letters"] });
    } catch (error) {
      tellFailure("It did not work", error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="letter-actions">
      <Button
        kind="primary"
        icon="repeat"
        disabled={whyNot !== undefined}
        why={whyNot}
        busy={busy}
        onClick={() => void act("replay", "It is queued for its next run.")}
      >
        Replay
      </Button>
      {discardedAt === null ? (
        <Button
          disabled={whyNot !== undefined}
          why={whyNot}
          busy={busy}
          onClick={() => void act("discard", "It is off the list.")}
        >
          Discard
        </Button>
      ) : null}
    </div>
  );
}
