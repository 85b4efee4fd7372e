import type { DeadLetter } from "@reelway/shared/contracts/dead-letter";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import { ActOnMany } from "./act-on-many.tsx";
import { deadLetterColumns } from "./dead-letter-columns.tsx";
import { DeadLetterFilters } from "./dead-letter-filters.tsx";
import { useWhyNoReplay } from "./may-replay.ts";
import { sinceOf, useDeadLetterFilters } from "./use-dead-letter-filters.ts";
import { useTenants } from "./use-tenants.ts";

const perPage = 50;

/** Jobs that failed for good, until somebody replays or discards them. */
export function DeadLettersPage() {
  usePageTitle("Dead letters");
  const { filters, hours, discarded, isFiltered, clear } = useDeadLetterFilters();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const paged = usePaged({
    key: ["dead-letters", filters, hours, discarded],
    read: (cursor, signal) => {
      const query = { ...filters, ...sinceOf(hours, Date.now()), discarded: discarded ? "true" : "false" } as const;
      return client.deadLetters.list({ ...query, ...cursor, limit: perPage }, signal);
    },
  });
  const shown = paged.items ?? [];
  // What is not shown any more is not meant.
  const meant = shown.filter(({ id }) => chosen.has(id));
  const whyNot = useWhyNoReplay();
  const tenants = useTenants();
  return (
    <section>
      <div class="room-head">
        <h2 class="grow">Dead letters</h2>
        <Button icon="repeat" small onClick={paged.refetch}>
          Look again
        </Button>
        <p class="soft">
          Jobs that failed for good. A replay runs the same job again; discarding takes it off this list and deletes
          nothing.
        </p>
      </div>
      <DeadLetterFilters />
      {whyNot !== undefined ? (
        <p class="look-only soft">You may look, and not act. {whyNot}</p>
      ) : (
        <ActOnMany
          chosen={meant}
          filter={{ ...filters, ...sinceOf(hours, Date.now()) }}
          isFiltered={isFiltered}
          discarded={discarded}
          onDone={() => setChosen(new Set())}
        />
      )}
      <Listing
        label="Dead letters"
        paged={paged}
        columns={deadLetterColumns({ chosen, onChoose: setChosen, mayAct: whyNot === undefined, tenants })}
        keyOf={({ id }: DeadLetter) => id}
        empty={isFiltered ? <NoneLikeThat clear={clear} /> : <None />}
      />
    </section>
  );
}

function None() {
  return (
    <Empty icon="check" title="No dead letters">
      <p>Every job that failed was replayed or discarded, or none has.</p>
    </Empty>
  );
}

function NoneLikeThat({ clear }: { clear: () => void }) {
  return (
    <Empty icon="search" title="No dead letter is like that">
      <p>None that was kept passes these filters.</p>
      <Button onClick={clear}>Show all of them</Button>
    </Empty>
  );
}
