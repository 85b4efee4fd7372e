import type { DeadLetter, DeadLetterOutcomes, DeadLetterSelection } from "@reelway/shared/contracts/dead-letter";
import { counted } from "@reelway/shared/counted";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { letterName } from "./letter-name.ts";
import { matchingIds } from "./matching-ids.ts";

interface ActOnManyProps {
  /** All on this page of the list. */
  shown: readonly DeadLetter[];
  chosen: readonly DeadLetter[];
  onChoose: (chosen: ReadonlySet<string>) => void;
  /** What the list shows, on all of its pages. */
  filter: NonNullable<DeadLetterSelection["filter"]>;
  /** The filter leaves some out. */
  isFiltered: boolean;
  /** Shown are those that were discarded before. */
  discarded: boolean;
}

type Verb = "replay" | "discard";

interface Asked {
  readonly verb: Verb;
  readonly ids: string[];
  /** What these are beside their number. */
  readonly which: string;
}

const verbs = {
  replay: { act: "Replay", doing: "Replaying…", done: "replayed", one: "It is run", more: "Each is run" },
  discard: { act: "Discard", doing: "Discarding…", done: "discarded", one: "It leaves", more: "They leave" },
} as const;

/** Replays or discards those that are chosen, or all that pass the filters. */
export function ActOnMany({ shown, chosen, onChoose, filter, isFiltered, discarded }: ActOnManyProps) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [counting, setCounting] = useState(false);
  const ofChosen = (verb: Verb) => ({ verb, ids: chosen.map(({ id }) => id), which: namesOf(chosen) });
  const isNone = shown.length === 0;
  const areAll = !isNone && chosen.length === shown.length;
  const askAboutAll = async () => {
    setCounting(true);
    try {
      const { ids, isAll } = await matchingIds(filter);
      if (ids.length > 0) setAsked({ verb: "replay", ids, which: whichOf(isAll, isFiltered) });
      else tell("No dead letter is left to replay.");
    } catch (error) {
      tellFailure("They could not be counted", error);
    }
    setCounting(false);
  };
  const act = async ({ verb, ids }: Asked) => {
    const outcomes = await client.deadLetters[verb]({ ids });
    await queries.invalidateQueries({ queryKey: ["dead-letters"] });
    onChoose(new Set());
    tell(outcomeText(verb, outcomes), "dead letters");
  };
  return (
    <div class="dead-letter-acts">
      <label class="checks-all">
        <input
          type="checkbox"
          checked={areAll}
          disabled={isNone}
          ref={(box) => {
            if (box) box.indeterminate = chosen.length > 0 && !areAll;
          }}
          onChange={() => onChoose(new Set(areAll ? [] : shown.map(({ id }) => id)))}
        />
        <span class="soft dead-letter-count">
          {chosen.length === 0 ? "Choose all" : `${counted(chosen.length, "job")} chosen`}
        </span>
      </label>
      <div class="room-acts">
        <Button small icon="repeat" disabled={chosen.length === 0} onClick={() => setAsked(ofChosen("replay"))}>
          Replay
        </Button>
        {discarded ? null : (
          <>
            <Button small disabled={chosen.length === 0} onClick={() => setAsked(ofChosen("discard"))}>
              Discard
            </Button>
            <Button small disabled={isNone} busy={counting} onClick={() => void askAboutAll()}>
              {isFiltered ? "Replay all that match…" : "Replay all…"}
            </Button>
          </>
        )}
      </div>
      {asked === null ? null : (
        <Confirm
          title={`${verbs[asked.verb].act} ${counted(asked.ids.length, "job")}?`}
          act={verbs[asked.verb].act}
          doing={verbs[asked.verb].doing}
          tone="primary"
          onAct={() => act(asked)}
          onClose={() => setAsked(null)}
        >
          {asked.which} {whatFollows(asked)}
        </Confirm>
      )}
    </div>
  );
}

/** The first few of them by name. */
function namesOf(letters: readonly DeadLetter[]): string {
  const named = letters.slice(0, 3).map(letterName);
  const more = letters.length - named.length;
  return `${[...named, ...(more > 0 ? [`${more} more`] : [])].join(", ")}.`;
}

function whatFollows({ verb, ids }: Asked): string {
  const who = verbs[verb][ids.length === 1 ? "one" : "more"];
  return verb === "replay"
    ? `${who} again from the start, with attempts counted anew.`
    : `${who} this list. Nothing is deleted, and ${ids.length === 1 ? "it" : "they"} can still be replayed.`;
}

function whichOf(isAll: boolean, isFiltered: boolean): string {
  const all = isFiltered ? "that match the filters now" : "that are not discarded";
  return isAll ? `All ${all}, on every page of the list.` : `The newest of more ${all}: no more go at once.`;
}

/** What became of them, and why some were refused. */
function outcomeText(verb: Verb, { done, refused, items }: DeadLetterOutcomes): string {
  const said = `${counted(done, "job")} ${verbs[verb].done}`;
  if (refused === 0) return `${said}.`;
  const reasons = new Set(items.flatMap(({ code }) => (code === null ? [] : errorCatalogue[code].title)));
  return `${said}, ${refused} refused: ${[...reasons].join("; ")}.`;
}
