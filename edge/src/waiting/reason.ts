import { isLabel } from "@reelway/shared/contracts/capability";
import { meets } from "@reelway/shared/contracts/matching";
import { needInWords } from "@reelway/shared/contracts/need-in-words";
import { isProving } from "@reelway/shared/contracts/proving";
import type { JobWaiting, WaitingReason } from "@reelway/shared/contracts/waiting";
import { canServe } from "@reelway/shared/scheduling/lanes";
import type { FullShare, WaitingTask } from "@reelway/shared/scheduling/waiting";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";

/** What is found out about a job before it is said why it waits. */
export interface WaitingFacts {
  readonly now: number;
  readonly awaitsSource: boolean;
  /** As its queue has it; null where the queue has not, or no longer. */
  readonly task: WaitingTask | null;
  /** Of the region, over all of its shards; those that are there and take work. */
  readonly runners: readonly RunnerStanding[];
  /** Of its region: jobs are spread over them evenly, and its runners work for all of them. */
  readonly shards: number;
  readonly drainReason: string | null;
}

export type WaitingAnswer = Omit<JobWaiting, "id" | "state" | "region">;

const unknown = { until: null, missing: [], place: null, etaAt: null, lastCode: null, deadlineAt: null };

/** Why a job that has not ended waits: the first thing that stands in its way. */
export function reasonOf(facts: WaitingFacts): WaitingAnswer {
  const { task, awaitsSource, drainReason } = facts;
  if (awaitsSource) return { ...unknown, reason: "source_pending", message: "Its source is still being fetched" };
  if (!task) return { ...unknown, reason: "dispatching", message: "It is on its way to its region's queue" };
  if (task.state === "leased") return { ...unknown, reason: "not_waiting", message: "A runner works on it" };
  const answer = (reason: WaitingReason, message: string, more: Partial<WaitingAnswer> = {}) => ({
    ...unknown,
    deadlineAt: task.queueDeadlineAt,
    reason,
    message,
    ...more,
  });
  if (task.state === "delayed") return delayed(task, answer);
  if (task.pausedBy) {
    const { lastCode, retryAt, key } = task.pausedBy;
    const whose = key.startsWith("tenant:") ? "Your jobs are" : "Its preset is";
    const message = `${whose} paused after failing ${task.pausedBy.failures.length} times in a row, and tried again by itself`;
    return answer("paused", message, { until: ahead(retryAt, facts.now), lastCode });
  }
  if (task.fullShare) return shareFull(task, task.fullShare, facts, answer);
  if (drainReason !== null && facts.runners.length === 0)
    return answer("region_drained", `Its region is drained (${drainReason}), and no runner is online there`);
  return amongRunners(facts, task, answer);
}

type Answer = (reason: WaitingReason, message: string, more?: Partial<WaitingAnswer>) => WaitingAnswer;

function delayed({ readyAt, lastAttempt }: WaitingTask, answer: Answer): WaitingAnswer {
  if (!lastAttempt) return answer("start_delayed", "It starts later", { until: readyAt });
  const lastCode = lastAttempt.error?.code ?? null;
  const message = `Attempt ${lastAttempt.attempt} ended with ${lastCode ?? lastAttempt.outcome}; the next one follows`;
  return answer("backoff", message, { until: readyAt, lastCode });
}

/** Its tenant's own tasks alone go before it: as many at once as it may have, each for about as long as such work takes. */
function shareFull(
  { ahead: before, typicalMs }: WaitingTask,
  { running, most }: FullShare,
  { shards, now }: WaitingFacts,
  answer: Answer,
): WaitingAnswer {
  const place = before + 1;
  const etaAt = typicalMs === null ? null : now + Math.ceil(place / most) * typicalMs;
  const where = shards === 1 ? "" : ` in its part of the queue, one of ${shards}`;
  const message = `Your tenant runs ${running} of ${most} tasks at once, all that it may${where}`;
  return answer("share_full", message, { place, etaAt });
}

function amongRunners(facts: WaitingFacts, task: WaitingTask, answer: Answer): WaitingAnswer {
  const { runners, now } = facts;
  if (runners.length === 0) return answer("no_runner", "No runner is online in its region");
  const needs = task.needs.join(" ");
  const able = runners.filter(({ capabilities }) => canServe(new Set(capabilities), needs));
  const mayTurnOut = (runner: RunnerStanding) =>
    isProving(runner) && task.needs.filter(isLabel).every((label) => runner.capabilities.includes(label));
  if (able.length === 0 && runners.some(mayTurnOut))
    return answer(
      "runners_proving",
      "A runner has started and still finds out what its host can do; then it takes work",
    );
  if (able.length === 0) {
    const missing = missingFrom(runners, task.needs);
    return answer("no_capable_runner", `No runner that is online has ${missing.map(needInWords).join(", ")}`, {
      missing,
    });
  }
  const pauses = new Map(task.pausedRunners.map((breaker) => [breaker.key, breaker]));
  const working = able.filter(({ runnerId }) => !pauses.has(`runner:${runnerId}`));
  if (working.length === 0) {
    const earliest = Math.min(...[...pauses.values()].flatMap(({ retryAt }) => retryAt ?? []));
    return answer("paused", "Every runner that could do it is paused for failing, and tried again by itself", {
      until: ahead(earliest, now),
      lastCode: task.pausedRunners[0]?.lastCode ?? null,
    });
  }
  return inTurn(working, facts, task, answer);
}

/** Among those that can do it and are not paused; who holds back for longer than it has waited has no slot for it yet. */
function inTurn(
  working: readonly RunnerStanding[],
  { shards, now }: WaitingFacts,
  task: WaitingTask,
  answer: Answer,
): WaitingAnswer {
  const mayTakeAt = ({ holdBackMs = 0 }: RunnerStanding) => (task.waitsSince ?? task.readyAt) + holdBackMs;
  // The queue's clock may be a little ahead of this one: who does not hold back may take what is ready.
  const holdsBack = (runner: RunnerStanding) => (runner.holdBackMs ?? 0) > 0 && mayTakeAt(runner) > now;
  const taking = working.filter((runner) => !holdsBack(runner));
  const slots = slotsOf(taking);
  const busy = taking.reduce((sum, runner) => sum + Math.min(runner.slots, runner.activeTasks), 0);
  // Its own shard knows only its own order; in each of the others about as many go before it.
  const before = task.ahead * shards;
  const place = before + 1;
  if (busy + before < slots) return answer("next", "A runner is free for it and takes it within moments", { place });
  const etaIn = (among: number) =>
    task.typicalMs === null || among === 0 ? null : now + Math.round((place / among) * task.typicalMs);
  const waitingFor = working.filter((runner) => holdsBack(runner) && runner.activeTasks < runner.slots);
  if (waitingFor.length > 0) {
    const message = `Every runner that is free holds back and leaves it to others; it is about number ${place}`;
    return answer("held_back", message, {
      until: Math.min(...waitingFor.map(mayTakeAt)),
      place,
      etaAt: etaIn(slots),
    });
  }
  const etaAt = etaIn(slots || slotsOf(working));
  return answer("runners_busy", `All runners that can do it are busy; it is about number ${place}`, { place, etaAt });
}

function slotsOf(runners: readonly RunnerStanding[]): number {
  return runners.reduce((sum, { slots }) => sum + slots, 0);
}

/** What nobody has; where each thing is somewhere but never all of it together, what the nearest one lacks. */
function missingFrom(runners: readonly RunnerStanding[], needs: readonly string[]): string[] {
  const lacks = runners
    .map(({ capabilities }) => new Set(capabilities))
    .map((able) => needs.filter((need) => !meets(able, need)));
  const nowhere = needs.filter((need) => lacks.every((lack) => lack.includes(need)));
  if (nowhere.length > 0) return nowhere;
  return lacks.reduce((fewest, lack) => (lack.length < fewest.length ? lack : fewest));
}

/** A pause that is over ends with its trial, whenever that is. */
function ahead(at: number | null, now: number): number | null {
  return at !== null && at > now ? at : null;
}
