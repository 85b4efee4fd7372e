import type { HistoryWindow, RegionHistory } from "@reelway/shared/contracts/region-history";
import { RegionId, regions } from "@reelway/shared/regions";
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { LineChart } from "../../parts/chart/line-chart.tsx";
import { Failure } from "../../parts/failure.tsx";
import { type Choice, Select } from "../../parts/select.tsx";
import { type FleetChart, fleetCharts } from "./fleet-charts.ts";
import "./history.css";

const refreshMs = 20_000;

const windows: readonly Choice<HistoryWindow>[] = [
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
];
const places: readonly Choice<RegionId | "">[] = [
  { value: "", label: "All regions" },
  ...RegionId.options.map((value) => ({ value, label: regions[value].name })),
];
const steps: Readonly<Record<HistoryWindow, string>> = {
  "1h": "each minute",
  "24h": "every 10 minutes",
  "7d": "each hour",
  "30d": "every 4 hours",
};

/** How the regions did over time. */
export function History() {
  const [window, setWindow] = useState<HistoryWindow>("1h");
  const [region, setRegion] = useState<RegionId | "">("");
  const { data, error, errorUpdateCount, isPlaceholderData, refetch } = useQuery({
    queryKey: ["region-history", window, region],
    queryFn: ({ signal }) => client.regions.history({ window, ...(region === "" ? {} : { region }) }, signal),
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
  });
  return (
    <section aria-labelledby="history">
      <div class="room-head">
        <h2 id="history" class="grow">
          Over time
        </h2>
        <div class="history-choices">
          <Select aria-label="Region of the charts" value={region} choices={places} onChoose={setRegion} />
          <Select aria-label="Time of the charts" value={window} choices={windows} onChoose={setWindow} />
        </div>
      </div>
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      <div class="history" aria-busy={isPlaceholderData}>
        {fleetCharts.map((chart) =>
          data !== undefined ? (
            <HistoryChart key={chart.title} chart={chart} history={data} />
          ) : errorUpdateCount === 0 ? (
            <div key={chart.title} class="panel history-wait" aria-hidden="true" />
          ) : null,
        )}
      </div>
    </section>
  );
}

function HistoryChart({ chart, history: { points, stepMs, window } }: { chart: FleetChart; history: RegionHistory }) {
  const about = [chart.about, chart.perStep && steps[window]].filter(Boolean).join(", ");
  return (
    <LineChart
      title={chart.title}
      about={about}
      times={points.map(({ at }) => at)}
      stepMs={stepMs}
      lines={chart.lines.map(({ label, of }) => ({ label, values: points.map(of) }))}
      scaleFor={chart.scaleFor}
      format={chart.format}
    />
  );
}
