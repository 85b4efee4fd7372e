import type { Depth } from "./device.ts";

/** Where pictures are while a step works on them. */
export type Place = "memory" | "device";

/** One step of a picture's way, as each place does it. A step without a way in one place has to be done in the other. */
export interface Step {
  /** Of the pictures that it is given. */
  readonly depth: Depth;
  readonly memory: readonly string[] | null;
  readonly device: readonly string[] | null;
  /** The pixel format that the device's pictures have after it, where it changes. */
  readonly format?: string;
}

/** A step in the place that was chosen for it. */
export interface Stop {
  readonly place: Place;
  readonly step: Step;
}

/** A trip between the places costs more than any work that it could save. */
const tripCost = 1_000;
const memoryWorkCost = 1;

interface Way {
  readonly cost: number;
  readonly stops: readonly Stop[];
}

/**
 * The way with the fewest trips between memory and device; of those, the one with the most work on the device.
 * @throws TypeError where a step can be done nowhere.
 */
export function shortestRoute(steps: readonly Step[], from: Place, to: Place): readonly Stop[] {
  let ways: Partial<Record<Place, Way>> = { [from]: { cost: 0, stops: [] } };
  for (const step of steps) {
    const memory = step.memory && cheapest(ways, "memory", step);
    const device = step.device && cheapest(ways, "device", step);
    ways = { ...(memory && { memory }), ...(device && { device }) };
  }
  const ends = (["device", "memory"] as const).flatMap((place) => {
    const way = ways[place];
    return way === undefined ? [] : [{ stops: way.stops, cost: way.cost + (place === to ? 0 : tripCost) }];
  });
  const [best] = ends.sort((a, b) => a.cost - b.cost);
  if (best === undefined) throw new TypeError("a step is done neither in memory nor on the device");
  return best.stops;
}

function cheapest(ways: Partial<Record<Place, Way>>, place: Place, step: Step): Way | null {
  const work = place === "memory" && step.device !== null ? memoryWorkCost : 0;
  const arrivals = (["device", "memory"] as const).flatMap((before) => {
    const way = ways[before];
    if (way === undefined) return [];
    const cost = way.cost + (before === place ? 0 : tripCost) + work;
    return [{ cost, stops: [...way.stops, { place, step }] }];
  });
  const [best] = arrivals.sort((a, b) => a.cost - b.cost);
  return best ?? null;
}
