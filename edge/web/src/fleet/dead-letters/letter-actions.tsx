import type { DeadLetterDetail } from "@reelway/shared/contracts/dead-letter";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { letterName } from "./letter-name.ts";
import { useWhyNoReplay } from "./may-replay.ts";

/** Runs the job again, or takes it off the list. */
export function LetterActions({ letter }: { letter: DeadLetterDetail }) {
  const { id, discardedAt } = letter;
  const name = letterName(letter);
  const queries = useQueryClient();
  const whyNot = useWhyNoReplay();
  const [busy, setBusy] = useState(false);
  const act = async (verb: "replay" | "discard", said: string) => {
    setBusy(true);
    try {
      const { items } = await client.deadLetters[verb]({ ids: [id] });
      const refusal = items[0]?.code ?? null;
      tell(refusal === null ? said : `${name} was refused: ${errorCatalogue[refusal].title}.`, id);
      await queries.invalidateQueries({ queryKey: ["dead-letters"] });
    } catch (error) {
      tellFailure(`${name} could not be ${verb === "replay" ? "replayed" : "discarded"}`, error, id);
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
        onClick={() => void act("replay", `${name} is replayed.`)}
      >
        Replay
      </Button>
      {discardedAt === null ? (
        <Button
          disabled={whyNot !== undefined}
          why={whyNot}
          busy={busy}
          onClick={() => void act("discard", `${name} is discarded.`)}
        >
          Discard
        </Button>
      ) : null}
    </div>
  );
}
