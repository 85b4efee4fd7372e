import type { Facts } from "../examine/facts.ts";
import type { Check } from "./check.ts";
import { everyEndWasTold, webhooksAreSigned, webhooksArrived } from "./events.ts";
import { nothingGrows, nothingLeftRunning, nothingSurprised, tenantsAreApart } from "./household.ts";
import { endedAsTheyShould, everyJobEnded, nothingLost } from "./jobs.ts";
import { completedOnce, nobodyIsPaused, queuesAreEmpty } from "./queue.ts";
import { nothingStranded, promisedIsThere, resultsDecode } from "./results.ts";

/** All that must hold after the weather. */
export function verdictOn(facts: Facts): Check[] {
  return [
    nothingLost(facts),
    everyJobEnded(facts),
    endedAsTheyShould(facts),
    promisedIsThere(facts),
    resultsDecode(facts),
    nothingStranded(facts),
    queuesAreEmpty(facts),
    completedOnce(facts),
    nobodyIsPaused(facts),
    everyEndWasTold(facts),
    webhooksArrived(facts),
    webhooksAreSigned(facts),
    tenantsAreApart(facts),
    nothingLeftRunning(facts),
    nothingGrows(facts),
    nothingSurprised(facts),
  ];
}
