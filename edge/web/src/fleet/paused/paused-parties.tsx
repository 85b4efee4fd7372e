import type { Breaker } from "@reelway/shared/contracts/breaker";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { regions } from "@reelway/shared/regions";
import { Link } from "wouter-preact";
import { useRunnerNames } from "../../job/use-runner-names.ts";
import { useRecipeTitle } from "../../jobs/recipe-title.ts";
import { type Column, Table } from "../../parts/table.tsx";
import { fullTime } from "../../parts/units.ts";
import { useBreakers } from "../use-fleet.ts";
import { tenantName, useTenants } from "../use-tenants.ts";
import { ResetPause } from "./reset-pause.tsx";

/** Runners, presets and tenants that are paused because their work keeps failing; nothing where nobody is. */
export function PausedParties() {
  const { data } = useBreakers();
  if (!data || data.items.length === 0) return null;
  return (
    <section aria-labelledby="paused">
      <div class="room-head">
        <h2 id="paused">Paused for failing</h2>
        <p class="soft">Nothing is lost meanwhile: each is tried again by itself, and everybody else's work goes on.</p>
      </div>
      <div class="panel listing">
        <Table label="Paused for failing" columns={columns} rows={data.items} keyOf={keyOf} />
      </div>
    </section>
  );
}

const keyOf = ({ key, region, shard }: Breaker) => `${key}@${region}:${shard}`;

const columns: readonly Column<Breaker>[] = [
  { title: "Who", cell: (breaker) => <Who breaker={breaker} /> },
  { title: "Region", cell: ({ region }) => regions[region].name },
  { title: "Failed", cell: ({ failedJobs }) => `${failedJobs.length} jobs in a row` },
  { title: "Last with", cell: ({ lastCode }) => errorCatalogue[lastCode].title },
  { title: "Next try", cell: ({ state, retryAt }) => (state === "half_open" ? "now" : fullTime(retryAt)) },
  {
    title: "Actions",
    kind: "actions",
    cell: ({ key, preset, party }) => <ResetPause breakerKey={key} name={preset ?? `the ${party}`} />,
  },
];

function Who({ breaker: { party, runnerId, tenantId, preset } }: { breaker: Breaker }) {
  const nameOf = useRunnerNames();
  const tenants = useTenants();
  const titleOf = useRecipeTitle();
  if (runnerId !== null)
    return (
      <span>
        Runner <Link href={`/fleet/runners/${runnerId}`}>{nameOf(runnerId)}</Link>
      </span>
    );
  const tenant = tenantName(tenants, tenantId ?? "");
  if (party === "tenant") return <span title={tenantId ?? undefined}>Tenant {tenant}</span>;
  return (
    <div class="pair">
      <span>Preset {titleOf({ preset })}</span>
      <span class="small soft" title={tenantId ?? undefined}>
        of {tenant}
      </span>
    </div>
  );
}
