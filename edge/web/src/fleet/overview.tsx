import { RegionId } from "@reelway/shared/regions";
import { usePageTitle } from "../app/page-title.ts";
import { History } from "./charts/history.tsx";
import { LookOnly } from "./look-only.tsx";
import { PausedParties } from "./paused/paused-parties.tsx";
import { RegionCards } from "./regions/region-cards.tsx";
import { RunnerList } from "./runners/runner-list.tsx";
import { useFirstPages } from "./runners/runner-pages.ts";
import { useBreakers, useRegionReports } from "./use-fleet.ts";

/** The fleet at a glance: regions, who is paused, runners, and how it went. */
export function Overview() {
  usePageTitle("Fleet");
  const reads = [useRegionReports(), useBreakers(), ...useFirstPages(RegionId.options)];
  return (
    <div class="stack-wide">
      <LookOnly />
      <RegionCards />
      {/* What stands above would push down what follows. */}
      {reads.some(({ isLoading }) => isLoading) ? null : (
        <>
          <PausedParties />
          <RunnerList />
          <History />
        </>
      )}
    </div>
  );
}
