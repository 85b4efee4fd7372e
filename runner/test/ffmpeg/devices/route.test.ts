import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Place, type Step, shortestRoute } from "../../../src/ffmpeg/arguments/devices/route.ts";

const places = ["memory", "device"] as const;
const step = fc
  .tuple(fc.boolean(), fc.boolean())
  .filter(([memory, device]) => memory || device)
  .map(([memory, device]): Step => ({ depth: 8, memory: memory ? ["m"] : null, device: device ? ["d"] : null }));

/** Every way there is. */
function tripsOfAll(steps: readonly Step[], from: Place, to: Place): number[] {
  if (steps.length === 0) return [from === to ? 0 : 1];
  const [first, ...rest] = steps;
  return places
    .filter((place) => first?.[place] !== null)
    .flatMap((place) => tripsOfAll(rest, place, to).map((trips) => trips + (place === from ? 0 : 1)));
}

describe("shortestRoute", () => {
  it("makes the fewest trips, and does nothing where it can't be done", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom(...places),
        fc.constantFrom(...places),
        (steps, from, to) => {
          const stops = shortestRoute(steps, from, to);
          expect(stops.map((stop) => stop.step)).toEqual(steps);
          for (const { place, step: done } of stops) expect(done[place]).not.toBeNull();
          const way = [from, ...stops.map(({ place }) => place), to];
          const trips = way.slice(1).filter((place, at) => place !== way[at]).length;
          expect(trips).toBe(Math.min(...tripsOfAll(steps, from, to)));
        },
      ),
    );
  });

  it("works on the device where it makes no difference", () => {
    const either: Step = { depth: 8, memory: ["m"], device: ["d"] };
    expect(shortestRoute([either, either], "memory", "device").map(({ place }) => place)).toEqual(["device", "device"]);
    expect(shortestRoute([either], "device", "memory").map(({ place }) => place)).toEqual(["device"]);
  });
});
