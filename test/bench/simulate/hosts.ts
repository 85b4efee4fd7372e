import type { Chance } from "./chance.ts";
import { hostShares, regions, type SimulatedRegion } from "./workload.ts";

const hour = 3_600_000;
const minute = 60_000;

/** A runner and its fate. */
export interface Host {
  readonly id: string;
  readonly region: SimulatedRegion;
  readonly capabilities: readonly string[];
  readonly slots: number;
  /** Work done in a millisecond, while it is well. */
  readonly speed: number;
  readonly joinsAt: number;
  /** Vanishes with what it holds. */
  readonly diesAt: number;
  /** From when to when it does everything at a sixth: a neighbour, a hot day. */
  readonly slow: readonly [from: number, to: number];
  /** From when to when it stands still, beats included. */
  readonly frozen: readonly [from: number, to: number];
}

/** So many hosts, of which each that dies is followed by another some minutes later. */
export function fleet(count: number, dayMs: number, chance: Chance): Host[] {
  return regions.flatMap((region) =>
    Array.from({ length: Math.max(2, Math.round(count * hostShares[region])) }, (_, index) =>
      generations(region, `run-${region}-${index}`, dayMs, chance),
    ).flat(),
  );
}

function generations(region: SimulatedRegion, name: string, dayMs: number, chance: Chance): Host[] {
  const hosts: Host[] = [];
  const joinsLate = chance.of(`${name}/late`) < 0.15;
  let joinsAt = joinsLate ? chance.between(`${name}/joins`, 0, dayMs / 2) : 0;
  while (joinsAt < dayMs) {
    const id = `${name}-${hosts.length}`;
    const diesAt = joinsAt + chance.waitOf(`${id}/dies`, 8 * hour);
    hosts.push(hostOf(region, id, joinsAt, diesAt, chance));
    joinsAt = diesAt + chance.between(`${id}/replaced`, 2 * minute, 10 * minute);
  }
  return hosts;
}

function hostOf(region: SimulatedRegion, id: string, joinsAt: number, diesAt: number, chance: Chance): Host {
  const hasGpu = chance.of(`${id}/gpu`) < 0.2;
  const spell = (what: string, everyMs: number, low: number, high: number): [number, number] => {
    const from = joinsAt + chance.waitOf(`${id}/${what}`, everyMs);
    return [from, from + chance.between(`${id}/${what}/length`, low, high)];
  };
  return {
    ...{ id, region, joinsAt, diesAt },
    capabilities: hasGpu ? ["gpu"] : [],
    slots: hasGpu ? 2 : 1,
    speed: (hasGpu ? 1.5 : 1) * chance.around1(`${id}/speed`, 0.2),
    slow: spell("slow", 5 * hour, 10 * minute, 40 * minute),
    frozen: spell("frozen", 20 * hour, 1 * minute, 5 * minute),
  };
}
