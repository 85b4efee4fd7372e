import { usePageTitle } from "../app/page-title.ts";
import { Skeleton } from "../parts/skeleton.tsx";
import { History } from "./charts/history.tsx";
import { LookOnly } from "./look-only.tsx";
import { PausedParties } from "./paused/paused-parties.tsx";
import { RegionCards } from "./regions/region-cards.tsx";
import { RunnerList } from "./runners/runner-list.tsx";
import { useBreakers } from "./use-fleet.ts";

/** The fleet at a glance: regions, who is paused, runners, and how it went. */
export function Overview() {
  usePageTitle("Fleet");
  // Who is paused stands above what follows, and would push it down.
  const { isLoading } = useBreakers();
  return (
    <div class="stack-wide">
      <LookOnly />
      <RegionCards />
      {isLoading ? (
        <Skeleton lines={8} />
      ) : (
        <>
          <PausedParties />
          <RunnerList />
          <History />
        </>
      )}
    </div>
  );
}
