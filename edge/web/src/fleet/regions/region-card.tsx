import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { RegionReport } from "@reelway/shared/contracts/region";
import type { Runner } from "@reelway/shared/contracts/runner";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { useNow } from "../../parts/now.ts";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { useLookOnly } from "../look-only.tsx";
import { DrainRegionDialog } from "./drain-region-dialog.tsx";
import { standingOf } from "./region-standing.ts";

export function RegionCard({ region, runners }: { region: RegionReport; runners: readonly Runner[] }) {
  const queries = useQueryClient();
  const lookOnly = useLookOnly();
  const [open, setOpen] = useState<"drain" | "resume" | null>(null);
  const { tone, word, why } = standingOf(region, runners);
  const drained = region.state === "drained";
  const changed = async (said: string) => {
    await queries.invalidateQueries({ queryKey: ["regions"] });
    tell(said, region.id);
  };
  return (
    <li class="panel region-card" data-region={region.id}>
      <div class="region-title">
        <h2>{region.name}</h2>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <Figures region={region} />
      <p class="small soft region-why">
        {why}
        {region.operation?.drainedAt ? (
          <>
            {" "}
            <Time at={region.operation.drainedAt} />
          </>
        ) : null}
      </p>
      <div class="region-foot">
        <code class="small soft grow">{region.id}</code>
        {lookOnly === undefined ? (
          <Button small icon={drained ? "play" : "pause"} onClick={() => setOpen(drained ? "resume" : "drain")}>
            {drained ? "Resume" : "Drain"}
            <span class="unseen"> {region.name}</span>
          </Button>
        ) : null}
      </div>
      {open === "drain" ? (
        <DrainRegionDialog region={region} onDrained={changed} onClose={() => setOpen(null)} />
      ) : null}
      {open === "resume" ? (
        <Confirm
          title={`Use ${region.name} again?`}
          act="Resume it"
          tone="primary"
          onClose={() => setOpen(null)}
          onAct={async () => {
            await client.regions.resume(region.id);
            await changed(`${region.name} serves again.`);
          }}
        >
          New jobs go there again. Those that were moved away stay where they are.
        </Confirm>
      ) : null}
    </li>
  );
}

function Figures({ region: { operation, queue } }: { region: RegionReport }) {
  const now = useNow(1_000);
  const oldest = queue?.oldestReadyAt ?? null;
  const { succeeded = 0, failed = 0, failureRate = null } = operation?.lastHour ?? {};
  const figures = [
    { name: "Runners", value: operation?.liveRunners ?? null },
    { name: "Waiting", value: queue === null ? null : queue.ready + queue.delayed },
    { name: "Running", value: queue?.leased ?? null },
    { name: "Oldest waits", value: oldest === null ? "–" : formatDuration(now - oldest) },
    { name: "Done in 1 h", value: succeeded },
    {
      name: "Failed in 1 h",
      value: failureRate === null ? failed : `${failed} (${Math.round(failureRate * 100)} %)`,
    },
  ];
  return (
    <dl class="region-figures">
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? "?"}</dd>
        </div>
      ))}
    </dl>
  );
}
