import { setTimeout as delay } from "node:timers/promises";
import type { StorageFault } from "../house/storage-gate.ts";
import { answered } from "../load/answered.ts";
import { oneOf, type Storm } from "./storm.ts";

const lastsMs = 10_000;
const diskFullMs = 15_000;
/** The share of storage requests that a fault meets. */
const faultShare: Readonly<Record<StorageFault, number>> = {
  slow: 0.6,
  unavailable: 0.7,
  cut: 0.4,
  short: 0.3,
  silent: 0.3,
};

/** Troubles that pass: of storage, disks, receivers, and by the hands of operators. */
export const troubles: readonly Storm[] = [
  ...(
    [
      ["slow", "storage slow"],
      ["unavailable", "storage answers 503"],
      ["cut", "storage connections cut in the middle"],
      ["short", "storage answers with too few bytes"],
      ["silent", "storage does what it is asked, and its answer is lost"],
    ] as const
  ).map(([fault, name]) => badStorage(fault, name)),
  {
    name: "webhook receiver fails, hangs or breaks off",
    strike: async ({ house, random }) => {
      const before = house.receiver.refused;
      house.receiver.set(() => {
        const chance = random();
        if (chance < 0.6) return "error";
        if (chance < 0.75) return "gone";
        return chance < 0.85 ? "hang" : "fine";
      });
      await delay(lastsMs);
      house.receiver.set(() => "fine");
      return `${house.receiver.refused - before} calls refused`;
    },
  },
  {
    name: "disk of a runner's scratch space full",
    strike: async ({ house: { smallDisk } }) => {
      if (smallDisk === null) return null;
      smallDisk.fill();
      await delay(diskFullMs);
      smallDisk.empty();
      return "filled and emptied";
    },
  },
  {
    name: "runner drained by an operator, and resumed",
    strike: async ({ house: { client, runners }, random }) => {
      const { name, id } = oneOf(runners, random);
      await answered(() => client.runners.drain(id));
      await delay(lastsMs);
      await answered(() => client.runners.resume(id));
      return name;
    },
  },
];

function badStorage(fault: StorageFault, name: string): Storm {
  return {
    name,
    strike: async ({ house: { storage }, random }) => {
      const before = storage.met[fault];
      storage.set(() => (random() < faultShare[fault] ? fault : null));
      await delay(lastsMs);
      storage.set(() => null);
      return `${storage.met[fault] - before} requests`;
    },
  };
}
