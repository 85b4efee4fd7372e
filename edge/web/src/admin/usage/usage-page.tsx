import { useQuery, useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Button } from "../../parts/button.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Select } from "../../parts/select.tsx";
import { Skeleton } from "../../parts/skeleton.tsx";
import { useMay } from "../../session/session.ts";
import { useTenant } from "../use-tenant.ts";
import { BudgetBars } from "./budget-bars.tsx";
import { DayBars } from "./day-bars.tsx";
import { type Measure, measureNames, measures } from "./measures.ts";
import { usageStaleMs } from "./stale.ts";
import { TenantsUsage } from "./tenants-usage.tsx";
import { Tiles } from "./tiles.tsx";
import "./usage-page.css";

const spans = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
];
const shownMeasures = measureNames.map((value) => ({ value, label: measures[value].label }));

/** What was made, how long runners worked for it, what lies in the buckets and what left them. */
export function UsagePage() {
  usePageTitle("Usage");
  const may = useMay();
  const queries = useQueryClient();
  const tenant = useTenant();
  const [days, setDays] = useState("30");
  const [measure, setMeasure] = useState<Measure>("jobsSucceeded");
  const from = dayBefore(Number(days) - 1);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["usage", tenant.tenantId, from],
    queryFn: ({ signal }) => client.usage.get({ from, ...tenant }, signal),
    // Another tenant's figures must not stand under this one's name.
    placeholderData: (before, query) => (query?.queryKey[1] === tenant.tenantId ? before : undefined),
    staleTime: usageStaleMs,
    refetchOnMount: "always",
  });
  return (
    <div class="stack-wide">
      <section class="stack">
        <div class="room-head">
          <h2 class="grow">Usage</h2>
          <Button icon="repeat" small onClick={() => void queries.invalidateQueries({ queryKey: ["usage"] })}>
            Refresh
          </Button>
          <Select aria-label="Period" class="usage-span" value={days} choices={spans} onChoose={setDays} />
          <p class="soft">
            Days are by UTC, and count what ended in them. What is deleted later takes nothing back. Downloads by
            presigned links go past Reelway and are not counted.
          </p>
        </div>
        {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
        {data === undefined ? (
          error === null ? (
            <div class="usage-wait">
              <Skeleton lines={4} tall />
            </div>
          ) : null
        ) : (
          <>
            <BudgetBars budget={data.budget} />
            <Tiles usage={data} />
            <div class="panel stack">
              <div class="line">
                <h3 class="grow">By day</h3>
                <Select
                  aria-label="Figure"
                  class="usage-measure"
                  value={measure}
                  choices={shownMeasures}
                  onChoose={setMeasure}
                />
              </div>
              <DayBars usage={data} measure={measure} />
            </div>
          </>
        )}
      </section>
      {!isPending && may("tenants:read") && tenant.tenantId === undefined ? <TenantsUsage from={from} /> : null}
    </div>
  );
}

/** So many days before today, by UTC. */
function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
