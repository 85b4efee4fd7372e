import type { DeadLetter, DeadLetterOutcomes, DeadLetterSelection } from "@reelway/shared/contracts/dead-letter";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { matchingIds } from "./matching-ids.ts";

interface ActOnManyProps {
  chosen: readonly DeadLetter[];
  /** What the list shows, on all of its pages. */
  filter: NonNullable<DeadLetterSelection["filter"]>;
  /** The filter leaves some out. */
  isFiltered: boolean;
  /** Shown are those that were discarded before. */
  discarded: boolean;
  onDone: () => void;
}

type Verb = "replay" | "discard";

interface Asked {
  readonly verb: Verb;
  readonly ids: string[];
  /** What these are beside their number. */
  readonly which: string;
}

const chosenOnes = "Those that are chosen.";

/** Replays or discards those that are chosen, or all that pass the filters. */
export function ActOnMany({ chosen, filter, isFiltered, discarded, onDone }: ActOnManyProps) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [counting, setCounting] = useState(false);
  const ofChosen = (verb: Verb) => ({ verb, ids: chosen.map(({ id }) => id), which: chosenOnes });
  const askAboutAll = async () => {
    setCounting(true);
    try {
      const { ids, isAll } = await matchingIds(filter);
      if (ids.length > 0) setAsked({ verb: "replay", ids, which: whichOf(isAll, isFiltered) });
      else tell("There is none any more.");
    } catch (error) {
      tellFailure("They could not be counted", error);
    }
    setCounting(false);
  };
  const act = async ({ verb, ids }: Asked) => {
    const outcomes = await client.deadLetters[verb]({ ids });
    await queries.invalidateQueries({ queryKey: ["dead-letters"] });
    onDone();
    tell(outcomeText(verb, outcomes));
  };
  return (
    <div class="dead-letter-acts">
      <span class="soft grow">{chosen.length === 0 ? "None chosen" : `${jobCount(chosen.length)} chosen`}</span>
      <Button small icon="repeat" disabled={chosen.length === 0} onClick={() => setAsked(ofChosen("replay"))}>
        Replay
      </Button>
      {discarded ? null : (
        <>
          <Button small disabled={chosen.length === 0} onClick={() => setAsked(ofChosen("discard"))}>
            Discard
          </Button>
          <Button small busy={counting} onClick={() => void askAboutAll()}>
            {isFiltered ? "Replay all that match…" : "Replay all…"}
          </Button>
        </>
      )}
      {asked === null ? null : (
        <Confirm
          title={`${asked.verb === "replay" ? "Replay" : "Discard"} ${jobCount(asked.ids.length)}?`}
          act={asked.verb === "replay" ? "Replay" : "Discard"}
          tone="primary"
          onAct={() => act(asked)}
          onClose={() => setAsked(null)}
        >
          {asked.which}{" "}
          {asked.verb === "replay"
            ? "Each is run again from the start, with attempts counted anew."
            : "They leave this list. Nothing is deleted, and they can still be replayed."}
        </Confirm>
      )}
    </div>
  );
}

function jobCount(count: number): string {
  return count === 1 ? "1 job" : `${count} jobs`;
}

function whichOf(isAll: boolean, isFiltered: boolean): string {
  const all = isFiltered ? "that match the filters now" : "that are not discarded";
  return isAll ? `All ${all}, on every page of the list.` : `The newest of more ${all}: no more go at once.`;
}

/** What became of them, and why some were refused. */
function outcomeText(verb: Verb, { done, refused, items }: DeadLetterOutcomes): string {
  const said = `${done} ${verb === "replay" ? "replayed" : "discarded"}`;
  if (refused === 0) return `${said}.`;
  const reasons = new Set(items.flatMap(({ code }) => (code === null ? [] : errorCatalogue[code].title)));
  return `${said}, ${refused} refused: ${[...reasons].join("; ")}.`;
}
