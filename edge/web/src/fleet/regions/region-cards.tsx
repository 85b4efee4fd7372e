import type { RegionReport } from "@reelway/shared/contracts/region";
import { RegionId } from "@reelway/shared/regions";
import { Failure } from "../../parts/failure.tsx";
import { useFirstPages } from "../runners/runner-pages.ts";
import { useRegionReports } from "../use-fleet.ts";
import { RegionCard } from "./region-card.tsx";
import "./region-cards.css";

/** The regions side by side: how they do, and whether they serve. */
export function RegionCards() {
  const { data, error, errorUpdateCount, refetch } = useRegionReports();
  const pages = useFirstPages(RegionId.options);
  const runnersOf = (id: RegionId) => pages[RegionId.options.indexOf(id)]?.data?.items ?? [];
  return (
    <section class="stack" aria-label="Regions">
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      {/* Reading it once more forgets the error, and brings no room for what may not come. */}
      {data === undefined && errorUpdateCount > 0 ? null : (
        <ul class="region-cards">
          {data === undefined
            ? RegionId.options.map((id) => <li key={id} class="panel region-card-wait" aria-hidden="true" />)
            : data.map((region: RegionReport) => (
                <RegionCard key={region.id} region={region} runners={runnersOf(region.id)} />
              ))}
        </ul>
      )}
    </section>
  );
}
