import type { JobStatus } from "@reelway/shared/contracts/job";
import type { ProgressReport } from "@reelway/shared/contracts/lease";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { isJobEvent, type JobEvent, type QueueEvent } from "@reelway/shared/scheduling/records";
import { z } from "zod";
import { afterPartDone, afterPartReport, type PartsProgress, progressOfParts } from "./part-progress.ts";

/**
 * What a job's channel knows. Leases are told apart and ordered by the time at which the queue gave them: a
 * `job.started` event carries that very time, so reports and events fall into one order.
 */
export interface ChannelState {
  readonly run: number;
  /** When the lease was given that the status speaks of; 0 before the first. */
  readonly leasedAt: number;
  /** The last report taken from that lease. */
  readonly reportSequence: number;
  /** The last event taken. */
  readonly eventSequence: number;
  /** Leases given up to this time are over: their reports come too late. */
  readonly closedAt: number;
  /** Of a job with several tasks: how far each of them is, as far as anybody told. */
  readonly parts?: PartsProgress;
  readonly status: JobStatus;
}

/** A runner's progress, with what its lease token says of the lease. */
export interface LeaseReport {
  readonly jobId: string;
  readonly run: number;
  readonly attempt: number;
  readonly leasedAt: number;
  /** Of a job with several tasks: which one reports, and its share of the work. */
  readonly part?: { readonly name: string; readonly weight: number } | undefined;
  readonly report: ProgressReport;
}

/** The job's row in D1: all that is known to a channel that has slept since, or was never told anything. */
export interface Snapshot {
  readonly run: number;
  readonly status: Omit<JobStatus, "sequence">;
}

export function afterReport(
  state: ChannelState | undefined,
  input: LeaseReport,
  now: number,
): ChannelState | undefined {
  const { run, leasedAt, report, part } = input;
  if (part !== undefined) return afterReportOfPart(state, { ...input, part }, now);
  if (state !== undefined && !isNews(state, input)) return state;
  const sameLease = state?.run === run && state.leasedAt === leasedAt;
  const percent = sameLease ? Math.max(state.status.percent, report.percent) : report.percent;
  return {
    run,
    leasedAt,
    reportSequence: report.sequence,
    eventSequence: state?.run === run ? state.eventSequence : 0,
    closedAt: state?.run === run ? state.closedAt : 0,
    status: {
      id: input.jobId,
      state: "running",
      stage: report.stage,
      percent,
      message: report.message,
      attempt: input.attempt,
      fps: report.fps,
      speed: report.speed,
      etaSeconds: report.etaSeconds,
      error: null,
      updatedAt: now,
      sequence: nextSequence(state, now),
    },
  };
}

/** Many report at a time: the job's progress is made of all of them, and each is followed by itself. */
function afterReportOfPart(
  state: ChannelState | undefined,
  { jobId, run, attempt, leasedAt, part, report }: LeaseReport & { readonly part: NonNullable<LeaseReport["part"]> },
  now: number,
): ChannelState | undefined {
  if (state !== undefined && (run < state.run || (run === state.run && isTerminal(state.status.state)))) return state;
  const same = state?.run === run ? state : undefined;
  const parts = afterPartReport(same?.parts ?? {}, { part, leasedAt, report });
  if (parts === undefined) return state;
  return {
    run,
    leasedAt: Math.max(leasedAt, same?.leasedAt ?? 0),
    reportSequence: 0,
    eventSequence: same?.eventSequence ?? 0,
    closedAt: same?.closedAt ?? 0,
    parts,
    status: { ...statusOfParts(parts, same), id: jobId, attempt, updatedAt: now, sequence: nextSequence(state, now) },
  };
}

function statusOfParts(parts: PartsProgress, before: ChannelState | undefined) {
  const { percent, fps, stage, message } = progressOfParts(parts);
  const shown = Math.max(percent, before?.status.percent ?? 0);
  return { state: "running" as const, stage, percent: shown, message, fps, speed: null, etaSeconds: null, error: null };
}

/** Of a part's result only what it weighs matters here; what can't be read weighs nothing. */
const Weighed = z.object({ weight: z.number() });

function afterPart(state: ChannelState, event: QueueEvent, now: number): ChannelState {
  const weighed = Weighed.safeParse(event.result === null ? null : JSON.parse(event.result));
  const parts = afterPartDone(state.parts ?? {}, event.part ?? "", weighed.data?.weight ?? 0, event.at);
  const { id, attempt } = state.status;
  const own = { id, attempt, updatedAt: event.at, sequence: nextSequence(state, now) };
  return { ...state, eventSequence: event.sequence, parts, status: { ...statusOfParts(parts, state), ...own } };
}

function isNews(state: ChannelState, { run, leasedAt, report }: LeaseReport): boolean {
  if (run !== state.run) return run > state.run;
  if (isTerminal(state.status.state) || leasedAt <= state.closedAt || leasedAt < state.leasedAt) return false;
  return leasedAt > state.leasedAt || report.sequence > state.reportSequence;
}

export function afterEvent(state: ChannelState | undefined, event: QueueEvent, now: number): ChannelState {
  const previous = state?.run === event.run ? state : undefined;
  if (state !== undefined && event.run < state.run) return state;
  // Another run may be another shard's, which counts its events by itself.
  if (previous !== undefined && event.sequence <= previous.eventSequence) return previous;
  if (previous !== undefined && isTerminal(previous.status.state)) return previous;

  if (!isJobEvent(event)) return afterPart(previous ?? begunBy(event, state, now), event, now);
  return afterJobEvent(state, previous, event, now);
}

/** A part of a run of which nothing was heard before. */
function begunBy({ run, at, jobId, attempt }: QueueEvent, state: ChannelState | undefined, now: number): ChannelState {
  const status = { ...statusOfParts({}, undefined), id: jobId, attempt, updatedAt: at };
  const lease = { leasedAt: 0, reportSequence: 0, eventSequence: 0, closedAt: 0 };
  return { run, ...lease, status: { ...status, sequence: nextSequence(state, now) } };
}

function afterJobEvent(
  state: ChannelState | undefined,
  previous: ChannelState | undefined,
  event: JobEvent,
  now: number,
): ChannelState {
  const noted = { eventSequence: event.sequence };
  if (event.type === "job.started" || event.type === "job.requeued") {
    // A report of this lease, or of a later one, was here first.
    if (previous !== undefined && previous.leasedAt >= event.at + (event.type === "job.requeued" ? 1 : 0))
      return { ...previous, ...noted };
  }

  const base = {
    id: event.jobId,
    attempt: event.attempt,
    fps: null,
    speed: null,
    etaSeconds: null,
    error: null,
    updatedAt: event.at,
    sequence: nextSequence(state, now),
  };
  const lease = { run: event.run, leasedAt: previous?.leasedAt ?? 0, reportSequence: previous?.reportSequence ?? 0 };
  const closedAt = event.at;
  // What is done of a job with several tasks stays done.
  const kept = previous?.parts && { parts: previous.parts };
  const percent = kept ? previous.status.percent : 0;
  switch (event.type) {
    case "job.started":
      return {
        run: event.run,
        leasedAt: event.at,
        reportSequence: 0,
        closedAt: previous?.closedAt ?? 0,
        ...kept,
        ...noted,
        status: { ...base, state: "running", stage: "downloading", percent, message: "" },
      };
    case "job.requeued":
      return {
        ...lease,
        closedAt,
        ...kept,
        ...noted,
        status: { ...base, state: "queued", stage: "queued", percent, message: event.error?.message ?? "" },
      };
    case "job.succeeded":
      return {
        ...lease,
        closedAt,
        ...noted,
        status: { ...base, state: "succeeded", stage: "finalizing", percent: 100, message: "" },
      };
    case "job.failed":
    case "job.canceled":
      return {
        ...lease,
        closedAt,
        ...noted,
        status: {
          ...base,
          state: event.type === "job.failed" ? "failed" : "canceled",
          stage: previous?.status.stage ?? "queued",
          percent: previous?.status.percent ?? 0,
          message: "",
          error: event.error,
        },
      };
  }
}

/** Takes the row of D1 where it knows more: a later run, an end that was never announced, or anything at all. */
export function afterSnapshot(state: ChannelState | undefined, snapshot: Snapshot, now: number): ChannelState {
  const ends = isTerminal(snapshot.status.state);
  if (state !== undefined && snapshot.run <= state.run) {
    if (snapshot.run < state.run || !ends || isTerminal(state.status.state)) return state;
  }
  const sameRun = state?.run === snapshot.run;
  const percent = sameRun ? Math.max(state.status.percent, snapshot.status.percent) : snapshot.status.percent;
  return {
    run: snapshot.run,
    leasedAt: sameRun ? state.leasedAt : 0,
    reportSequence: sameRun ? state.reportSequence : 0,
    eventSequence: sameRun ? state.eventSequence : 0,
    closedAt: ends ? snapshot.status.updatedAt : 0,
    status: { ...snapshot.status, percent, sequence: nextSequence(state, now) },
  };
}

/** Grows over evictions too, without being stored: it is never behind the clock. */
function nextSequence(state: ChannelState | undefined, now: number): number {
  return Math.max((state?.status.sequence ?? 0) + 1, now);
}
