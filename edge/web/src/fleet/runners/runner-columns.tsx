import type { Runner } from "@reelway/shared/contracts/runner";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { loadInShort } from "@reelway/shared/runners/load-in-words";
import { Link } from "wouter-preact";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { CurrentWork } from "./current-work.tsx";
import { hardwareText } from "./hardware.ts";
import { Load } from "./load.tsx";
import { RunnerActions } from "./runner-actions.tsx";
import { RunnerBadge } from "./runner-state.tsx";

export const runnerColumns: readonly Column<Runner>[] = [
  {
    title: "Runner",
    cell: ({ id, name, version }) => (
      <div class="pair">
        <Link href={`/fleet/runners/${id}`} class="strong">
          {name}
        </Link>
        <span class="small soft">{version}</span>
      </div>
    ),
  },
  {
    title: "State",
    cell: (runner) => (
      <div class="pair">
        <RunnerBadge runner={runner} />
        {runner.lastSeenAt === null ? null : (
          <span class="small soft">
            seen <Time at={runner.lastSeenAt} />
          </span>
        )}
      </div>
    ),
  },
  { title: "Hardware", cell: hardwareText },
  { title: "Works on", cell: (runner) => <CurrentWork runner={runner} /> },
  {
    title: "Load",
    cell: (runner) => (
      <>
        <Load runner={runner} />
        {(runner.load === null ? [] : loadInShort(runner.load)).map((line) => (
          <div key={line} class="small soft">
            {line}
          </div>
        ))}
      </>
    ),
  },
  { title: "Last failure", cell: ({ lastFailure }) => <LastFailure failure={lastFailure} /> },
  { title: "Actions", kind: "actions", cell: (runner) => <RunnerActions runner={runner} /> },
];

function LastFailure({ failure }: { failure: Runner["lastFailure"] }) {
  if (failure === null) return <span class="soft">none</span>;
  return (
    <div class="pair">
      <span>{errorCatalogue[failure.code].title}</span>
      <span class="small soft">
        <Time at={failure.at} />
      </span>
    </div>
  );
}
