import { setTimeout as delay } from "node:timers/promises";
import { readLockRecord } from "@reelway/stack/lock";
import { signal } from "@reelway/stack/process/identity";
import type { House, HouseRunner } from "../house/house.ts";
import { descendantsOf } from "../watch/process-table.ts";
import { type Ground, oneOf, type Storm } from "./storm.ts";

const burstJobs = 8;
const programKills = { count: 4, everyMs: 2_000 };
/** Longer than a lease: what it worked on is given to another meanwhile. */
const standsStillMs = 15_000;

/** The first runner is never ended: its memory is seen over the whole run. */
const mortals = ({ runners }: House): readonly HouseRunner[] => runners.slice(1);

export const kills: readonly Storm[] = [
  {
    name: "control plane killed, Node and workerd at once",
    hitsControlPlane: true,
    strike: async ({ house }) => String(house.controlPlane.service.signalGroup("SIGKILL")),
  },
  {
    name: "control plane killed, workerd left behind",
    hitsControlPlane: true,
    strike: async ({ house }) => String(house.controlPlane.service.signal("SIGKILL")),
  },
  {
    name: "workerd killed: every Queue message is gone",
    hitsControlPlane: true,
    strike: async ({ house }) => killWorkerd(house),
  },
  {
    name: "a burst of jobs, then workerd killed: every Queue message is gone",
    hitsControlPlane: true,
    strike: async ({ house, burst }) => {
      await burst(burstJobs);
      return killWorkerd(house);
    },
  },
  {
    name: "runner killed",
    strike: async (ground) => killRunner(ground, false),
  },
  {
    name: "runner killed with all that it runs",
    strike: async (ground) => killRunner(ground, true),
  },
  {
    name: "runner told to stop (SIGTERM), as an upgrade does",
    strike: async ({ house, random }) => {
      const { name, kept } = oneOf(mortals(house), random);
      kept.service.signal("SIGTERM");
      return name;
    },
  },
  {
    name: "runner and all that it runs stand still for longer than a lease",
    strike: async ({ house, random }) => {
      const { name, kept } = oneOf(house.runners, random);
      const stopped = [kept.service.identity, ...childrenOf(kept.service.identity.pid)];
      for (const identity of stopped) signal(identity, "SIGSTOP");
      await delay(standsStillMs);
      for (const identity of stopped) signal(identity, "SIGCONT");
      return name;
    },
  },
  {
    name: "ffmpeg, the engine or their box killed",
    strike: async ({ house, random }) => {
      const killed: string[] = [];
      for (let kill = 0; kill < programKills.count; kill++) {
        const running = descendantsOf(...house.runners.map(({ kept }) => kept.service.identity.pid));
        if (running.length > 0) {
          const { program, identity } = oneOf(running, random);
          if (signal(identity, "SIGKILL")) killed.push(program);
        }
        await delay(programKills.everyMs);
      }
      return killed.length === 0 ? null : killed.join(", ");
    },
  },
];

function childrenOf(pid: number) {
  return descendantsOf(pid).map(({ identity }) => identity);
}

function killWorkerd({ dataDir }: House): string | null {
  const killed = (readLockRecord(dataDir)?.workerd ?? []).filter((identity) => signal(identity, "SIGKILL"));
  return killed.length === 0 ? null : "workerd";
}

async function killRunner({ house, watch, random }: Ground, withPrograms: boolean): Promise<string> {
  watch.look();
  const { name, kept } = oneOf(mortals(house), random);
  if (withPrograms) for (const child of childrenOf(kept.service.identity.pid)) signal(child, "SIGKILL");
  kept.service.signal("SIGKILL");
  return name;
}
