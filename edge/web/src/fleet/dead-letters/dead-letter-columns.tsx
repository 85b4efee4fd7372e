import type { DeadLetter } from "@reelway/shared/contracts/dead-letter";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { Link } from "wouter-preact";
import { recipeName } from "../../jobs/shown-state.ts";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import "./dead-letters.css";

interface DeadLetterColumns {
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly mayAct: boolean;
  /** To say whose they are; empty for those who see their own alone. */
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
}

export function deadLetterColumns({ chosen, onChoose, mayAct, tenants }: DeadLetterColumns): Column<DeadLetter>[] {
  const turn = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  const choice: Column<DeadLetter> = {
    title: "Choose",
    cell: ({ id }) => (
      <label class="dead-letter-choice">
        <input type="checkbox" checked={chosen.has(id)} aria-label={`Choose ${id}`} onChange={() => turn(id)} />
      </label>
    ),
  };
  const tenant: Column<DeadLetter> = {
    title: "Tenant",
    cell: ({ tenantId }) => (
      <span title={tenantId}>{tenants.find(({ id }) => id === tenantId)?.name ?? `…${tenantId.slice(-6)}`}</span>
    ),
  };
  return [
    ...(mayAct ? [choice] : []),
    {
      title: "Cause",
      cell: ({ id, error }) => (
        <div class="pair">
          <Link href={`/fleet/dead-letters/${id}`} class="strong">
            {error === null ? "Not known" : errorCatalogue[error.code].title}
          </Link>
          <span class="small soft dead-letter-message">{error?.message}</span>
        </div>
      ),
    },
    { title: "Made of", cell: (letter) => recipeName(letter) },
    { title: "Region", cell: ({ region }) => region },
    ...(tenants.length > 0 ? [tenant] : []),
    { title: "Attempts", kind: "end", cell: ({ attempt }) => attempt },
    { title: "Run", kind: "end", cell: ({ run }) => run },
    { title: "Failed", cell: ({ finishedAt }) => (finishedAt === null ? "" : <Time at={finishedAt} />) },
  ];
}
