import type { DeadLetter } from "@reelway/shared/contracts/dead-letter";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { regions } from "@reelway/shared/regions";
import { Link } from "wouter-preact";
import { IdCode } from "../../parts/id-code.tsx";
import { idEnd } from "../../parts/id-end.ts";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import "./dead-letters.css";
import { tenantName } from "../use-tenants.ts";
import { letterName } from "./letter-name.ts";

interface DeadLetterColumns {
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly mayAct: boolean;
  /** What a job makes, in words. */
  readonly titleOf: (letter: DeadLetter) => string;
  /** To say whose they are; empty for those who see their own alone. */
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
}

export function deadLetterColumns({
  chosen,
  onChoose,
  mayAct,
  titleOf,
  tenants,
}: DeadLetterColumns): Column<DeadLetter>[] {
  const turn = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  const choice: Column<DeadLetter> = {
    title: "Choose",
    onPhone: "choice",
    cell: (letter) => (
      <label class="dead-letter-choice">
        <input
          type="checkbox"
          checked={chosen.has(letter.id)}
          aria-label={`Choose ${letterName(letter)} ${idEnd(letter.id)}`}
          onChange={() => turn(letter.id)}
        />
      </label>
    ),
  };
  const tenant: Column<DeadLetter> = {
    title: "Tenant",
    onPhone: "hidden",
    cell: ({ tenantId }) => <span title={tenantId}>{tenantName(tenants, tenantId)}</span>,
  };
  return [
    ...(mayAct ? [choice] : []),
    {
      title: "File",
      onPhone: "lead",
      cell: (letter) => (
        <div class="pair">
          <Link href={`/fleet/dead-letters/${letter.id}`} class="strong" title={letter.id}>
            {letterName(letter)}
          </Link>
          <IdCode id={letter.id} />
        </div>
      ),
    },
    {
      title: "Cause",
      onPhone: "first",
      cell: ({ error }) => (
        <div class="pair">
          <span>{error === null ? "Not known" : errorCatalogue[error.code].title}</span>
          <span class="small soft dead-letter-message">{error?.message}</span>
        </div>
      ),
    },
    { title: "Preset", onPhone: "second", cell: titleOf },
    { title: "Region", onPhone: "hidden", cell: ({ region }) => regions[region].name },
    ...(tenants.length > 0 ? [tenant] : []),
    { title: "Attempts", kind: "end", onPhone: "hidden", cell: ({ attempt }) => attempt },
    { title: "Run", kind: "end", onPhone: "hidden", cell: ({ run }) => run },
    {
      title: "Failed",
      onPhone: "mark",
      cell: ({ finishedAt }) => (finishedAt === null ? "" : <Time at={finishedAt} />),
    },
  ];
}
