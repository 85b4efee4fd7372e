import type { Depth } from "./device.ts";
import type { DeviceFamily } from "./family.ts";
import { type Place, type Step, type Stop, shortestRoute } from "./route.ts";

/** The way of pictures through one chain of filters. */
export interface Journey {
  readonly family: DeviceFamily;
  readonly from: Place;
  readonly to: Place;
  /** What pictures on the device are at its beginning. */
  readonly format: string;
  /** Of the pictures at its end. */
  readonly depth: Depth;
  /** The way up, as text. */
  readonly upload: readonly string[];
}

/** The filters of a chain with its trips: down and up are named, so that nobody has to guess where pictures are. */
export interface Chain {
  /** By step: what stands before it (trips) and what it does itself. */
  readonly links: readonly {
    readonly stop: Stop;
    readonly trip: readonly string[];
    readonly work: readonly string[];
  }[];
  /** The last trip, where the chain ends elsewhere than its last step. */
  readonly end: readonly string[];
  /** What pictures on the device are at its end. */
  readonly format: string;
}

export function chainOf(steps: readonly Step[], journey: Journey): Chain {
  const { family, from, to, depth, upload } = journey;
  let place = from;
  let format = journey.format;
  const travel = (target: Place, given: Depth): string[] => {
    if (target === place) return [];
    place = target;
    if (target === "memory") return ["hwdownload", `format=${format}`];
    format = family.worked[given];
    return [`format=${format}`, ...upload];
  };
  const links = shortestRoute(steps, from, to).map((stop) => {
    const trip = travel(stop.place, stop.step.depth);
    if (stop.place === "device" && stop.step.format !== undefined) format = stop.step.format;
    return { stop, trip, work: stop.step[stop.place] ?? [] };
  });
  return { links, end: travel(to, depth), format };
}

/** All of a chain that has no second input. */
export function chainText({ links, end }: Chain): string[] {
  return [...links.flatMap(({ trip, work }) => [...trip, ...work]), ...end];
}
