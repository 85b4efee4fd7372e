import { isTerminal, JobState } from "@reelway/shared/jobs/state-machine";
import type { Facts, JobRow } from "../examine/facts.ts";
import type { LedgerJob } from "../load/ledger.ts";
import type { Check } from "./check.ts";

/** Nothing that a client was told is gone (invariant 1). */
export function nothingLost({ told, stored }: Pick<Facts, "told" | "stored">): Check {
  const jobs = new Set(stored.jobs.map(({ id }) => id));
  const assets = new Map(stored.assets.map((asset) => [asset.id, asset]));
  return {
    name: "every job and asset that a client was told of is there",
    looked: told.jobs.length + told.assets.length,
    findings: [
      ...told.jobs.filter(({ id }) => !jobs.has(id)).map(({ id }) => `${id} is gone`),
      ...told.assets.flatMap(({ id, deleted }) => {
        const wanted = deleted ? "deleted" : "ready";
        const state = assets.get(id)?.state ?? "gone";
        return state === wanted ? [] : [`${id} is ${state}, not ${wanted}`];
      }),
    ],
  };
}

/** No state is for ever: of all jobs, those included whose answer no client ever got. */
export function everyJobEnded({ stored }: Pick<Facts, "stored">): Check {
  const open = stored.jobs.filter(({ state }) => !isTerminal(JobState.parse(state)));
  return {
    name: "every job has ended",
    looked: stored.jobs.length,
    findings: open.map(({ id, state, attempt }) => `${id} is ${state} in attempt ${attempt}`),
  };
}

/** Good sources succeed, bad ones fail by their own fault, and what was cancelled stays so. */
export function endedAsTheyShould({ told, stored }: Pick<Facts, "told" | "stored">): Check {
  const rows = new Map(stored.jobs.map((row) => [row.id, row]));
  return {
    name: "every job ended as its source and its client's wishes say",
    looked: told.jobs.length,
    findings: told.jobs.flatMap((job) => {
      const row = rows.get(job.id);
      return row === undefined || isAsExpected(job, row)
        ? []
        : [`${job.id} (${job.order}): ${row.state} ${row.code ?? ""}`];
    }),
  };
}

function isAsExpected({ expected, canceled }: LedgerJob, { state, code }: JobRow): boolean {
  if (canceled) return state === "canceled";
  if (expected.state === "succeeded") return state === "succeeded";
  return state === "failed" && code !== null && expected.codes.includes(code);
}
