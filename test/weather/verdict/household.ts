import type { Facts } from "../examine/facts.ts";
import { type Growth, type Trend, workerdName, workerHeapName } from "../watch/growth.ts";
import type { Check } from "./check.ts";

/** Scratch space is gone after the task, whatever its end (invariant 6), and so is every program. */
export function nothingLeftRunning({ left }: Pick<Facts, "left">): Check {
  return {
    name: "no program and no scratch file is left on any host",
    looked: 1,
    findings: [...left.processes.map((name) => `${name} still runs`), ...left.scratch.map((path) => `${path} is left`)],
  };
}

export function nothingGrows({ growth }: Pick<Facts, "growth">): Check {
  return {
    name: "memory and file handles of every process that lived long enough are flat",
    looked: growth.length,
    findings: [
      ...growth.flatMap(({ name, pid, memory, handles }: Growth) => [
        ...grows(memory, `${name} (process ${pid}) holds more and more memory`),
        ...grows(handles, `${name} (process ${pid}) holds more and more file handles`),
      ]),
      ...unseenWorkers(growth),
    ],
  };
}

/** Lives of workerd in which nobody saw what the Worker held. */
function unseenWorkers(growth: readonly Growth[]): string[] {
  const seen = new Set(growth.filter(({ name }) => name === workerHeapName).map(({ pid }) => pid));
  return growth
    .filter(({ name, pid }) => name === workerdName && !seen.has(pid))
    .map(({ pid }) => `nobody saw what the Worker held (process ${pid})`);
}

export function tenantsAreApart({ leaks, told }: Pick<Facts, "leaks" | "told">): Check {
  return { name: "no tenant is shown what is another's", looked: told.jobs.length, findings: leaks };
}

export function nothingSurprised({ surprises, stored }: Pick<Facts, "surprises" | "stored">): Check {
  const dead = stored.deadMessages > 0 ? [`${stored.deadMessages} Queue messages could not be handled`] : [];
  return {
    name: "every answer was right, or one that may be tried again",
    looked: stored.jobs.length,
    findings: [...surprises, ...dead],
  };
}

function grows(trend: Trend | null, what: string): string[] {
  return trend?.leaks ? [`${what}: ${trend.floors.join(", ")}`] : [];
}
