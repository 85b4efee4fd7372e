import type { DeadLetter } from "@reelway/shared/contracts/dead-letter";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { useRecipeTitle } from "../../jobs/recipe-title.ts";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import { useMay } from "../../session/session.ts";
import { useTenants } from "../use-tenants.ts";
import { ActOnMany } from "./act-on-many.tsx";
import { deadLetterColumns } from "./dead-letter-columns.tsx";
import { DeadLetterFilters } from "./dead-letter-filters.tsx";
import { useWhyNoReplay } from "./may-replay.ts";
import { sinceOf, useDeadLetterFilters } from "./use-dead-letter-filters.ts";

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
  // While it is read, the buttons keep their room.
  const isNone = paged.items === undefined ? paged.error !== null : shown.length === 0;
  // What is not shown any more is not meant.
  const meant = shown.filter(({ id }) => chosen.has(id));
  const may = useMay();
  const whyNot = useWhyNoReplay();
  const tenants = useTenants();
  const titleOf = useRecipeTitle();
  return (
    <section>
      <div class="room-head">
        {/* Whoever has no fleet is told so by the page's own heading. */}
        {may("runners:read") ? <h2 class="grow">Dead letters</h2> : <span class="grow" />}
        <Button icon="repeat" small onClick={paged.refetch}>
          Refresh
        </Button>
        <p class="soft">
          Jobs that failed for good. A replay runs the same job again; discarding takes it off this list and deletes
          nothing.
        </p>
      </div>
      <DeadLetterFilters />
      {whyNot !== undefined ? (
        <p class="look-only soft">You may look, and not act. {whyNot}</p>
      ) : isNone ? null : (
        <ActOnMany
          shown={shown}
          chosen={meant}
          onChoose={setChosen}
          filter={{ ...filters, ...sinceOf(hours, Date.now()) }}
          isFiltered={isFiltered}
          discarded={discarded}
        />
      )}
      <Listing
        label="Dead letters"
        paged={paged}
        columns={deadLetterColumns({ chosen, onChoose: setChosen, mayAct: whyNot === undefined, titleOf, tenants })}
        keyOf={({ id }: DeadLetter) => id}
        empty={isFiltered ? <NoneLikeThat discarded={discarded} clear={clear} /> : <None />}
      />
    </section>
  );
}

function None() {
  return (
    <Empty icon="check" title="No dead letters">
      <p>No job has failed, or each that did was replayed or discarded.</p>
    </Empty>
  );
}

function NoneLikeThat({ discarded, clear }: { discarded: boolean; clear: () => void }) {
  return (
    <Empty icon="search" title={discarded ? "No discarded jobs" : "No matching dead letters"}>
      <p>{discarded ? "No job that was discarded matches these filters." : "No failed job matches these filters."}</p>
      <Button onClick={clear}>Clear the filters</Button>
    </Empty>
  );
}
