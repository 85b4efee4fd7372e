import type { Span } from "@opentelemetry/api";
import { meets } from "@reelway/shared/contracts/matching";
import { memoryNeeds } from "@reelway/shared/contracts/memory-tier";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey } from "@reelway/shared/ids";
import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import type { Logger } from "pino";
import type { Box } from "../box/box.ts";
import { UnfitTask } from "../hardware/unfit-task.ts";
import { downloadedRoles } from "../kinds/downloaded-roles.ts";
import type { KindResult } from "../kinds/kind.ts";
import { formatOf } from "../server/metrics.ts";
import { isDiskFull } from "../storage/disk-full.ts";
import { directoryBytes } from "../storage/scratch-use.ts";
import { watchScratch } from "../storage/scratch-watch.ts";
import { neededBytes } from "../storage/space-ledger.ts";
import { createTaskScratch, removeTaskScratch, type TaskScratch } from "../storage/task-scratch.ts";
import { MadeFiles } from "../take-home/made-files.ts";
import { failed, inSpan, inTaskSpan } from "../telemetry/spans.ts";
import { deliverResults } from "./deliver-results.ts";
import type { Lease } from "./lease.ts";
import type { LeaseKeeper } from "./lease-keeper/lease-keeper.ts";
import type { TaskMeans } from "./lease-loop.ts";
import { makeRoom } from "./make-room.ts";
import { reportFailure, reportRelease } from "./report-end.ts";
import { storageStallMs, type TaskContext } from "./task-context.ts";
import { TaskInputs } from "./task-inputs.ts";
import { TaskProgress } from "./task-progress.ts";
import { TaskStopped } from "./task-stopped.ts";

/** released, unfit: handed back; the latter to whoever has what this host lacks. */
export type TaskEnd = "completed" | "failed" | "lost" | "canceled" | "released" | "unfit";

const progressTimeoutMs = 5_000;
/** The reports of a long film are many megabytes. */
const reportsTimeoutMs = 120_000;
/** A kind that was aborted and does not return in this time is left behind; its processes are dead by then, milliseconds. */
const abandonAfterMs = 15_000;

/** One leased task from its inputs to its end. Never rejects: every end is told to the control plane, or needs no telling. */
export function runTask(lease: Lease, means: TaskMeans, context: TaskContext): Promise<TaskEnd> {
  const { jobId, taskId, epoch, attempt, traceparent } = lease.task;
  const attributes = { "reelway.job_id": jobId, "reelway.task_id": taskId, "reelway.runner_id": context.runnerId };
  return inTaskSpan(
    traceparent,
    { ...attributes, "reelway.epoch": epoch, "reelway.attempt": attempt },
    async (span) => {
      const end = await leased(lease, means, context, span);
      span.setAttribute("reelway.end", end);
      return end;
    },
  );
}

async function leased(lease: Lease, means: TaskMeans, context: TaskContext, span: Span): Promise<TaskEnd> {
  const { task } = lease;
  const traceId = traceIdOf(task.traceparent);
  const log = context.log.child({
    jobId: task.jobId,
    taskId: task.taskId,
    lease: leaseKey(task),
    ...(traceId && { traceId }),
  });
  const startedAt = context.pacing.now();
  log.info({ attempt: task.attempt, format: formatOf(task.spec), cores: means.share.cores }, "task leased");
  context.keeper.track(task, task.leaseMs);

  const end = await attempt(lease, means, context, log).catch((error: unknown) =>
    endBadly(lease, error, context, log, span),
  );

  context.keeper.untrack(task);
  context.ledger.release(lease.claim);
  const seconds = (context.pacing.now() - startedAt) / 1_000;
  context.metrics.tasks.inc({ format: formatOf(task.spec), status: end });
  if (end === "completed") context.metrics.duration.observe({ format: formatOf(task.spec) }, seconds);
  log.info({ end, seconds }, "task ended");
  return end;
}

/** Room, inputs, work, results, completion. Whatever ends it, the scratch directory is gone after it. */
async function attempt(lease: Lease, means: TaskMeans, context: TaskContext, log: Logger): Promise<TaskEnd> {
  const { task, claim, signal } = lease;
  const box = context.sandbox.open(means.share.memoryBytes);
  const progress = progressOf(lease, context, log);
  const timeout = limitTime(lease, context.config.jobTimeoutMs);
  let scratch: TaskScratch | undefined;
  let stopWatching = () => {};
  try {
    signal.throwIfAborted();
    const inputs = new TaskInputs(lease, context);
    const downloaded = downloadedRoles(task);
    const inputBytes = inputs.bytesOf(downloaded);
    await makeRoom(lease, context.ledger, neededBytes(inputBytes));
    scratch = await createTaskScratch(context.scratchHome, task.taskId, task.epoch, box.user);
    stopWatching = watchScratch(scratch, claim, (overrun) => lease.end(overrun));

    const downloadStart = context.pacing.now();
    progress.update("downloading", 0);
    const made = scratch;
    await inSpan("download", { "reelway.bytes": inputBytes }, () =>
      inputs.download(downloaded, made, (received) =>
        progress.update("downloading", (received / Math.max(1, inputBytes)) * 100),
      ),
    );
    log.info({ bytes: inputBytes }, "inputs downloaded");

    const processStart = context.pacing.now();
    progress.update("processing", 0);
    const result = await work(lease, scratch, box, inputs, means, context, progress, log);
    // Nothing is written from here on: what the task does not hold is another's.
    stopWatching();
    context.ledger.settle(claim, await directoryBytes(scratch.root));
    means.onDelivering();

    const execution = {
      runnerId: context.runnerId,
      encoder: result.encoder,
      ...(result.ran && { ran: [...result.ran] }),
      ffmpeg: context.tools.version.slice(0, 100),
      downloadMs: Math.round(processStart - downloadStart),
      processMs: Math.round(context.pacing.now() - processStart),
    };
    const { outputDirectory } = scratch;
    await deliverResults({ lease, result, outputDirectory, execution, progress, log }, context);
    return "completed";
  } finally {
    clearTimeout(timeout);
    stopWatching();
    progress.close();
    if (scratch) await removeTaskScratch(scratch).catch((err: unknown) => log.error({ err }, "scratch stays behind"));
    box.close();
  }
}

/** Lost and cancelled tasks need no telling; a shutdown hands the task back; everything else is a failure with its code. */
async function endBadly(
  lease: Lease,
  thrown: unknown,
  context: TaskContext,
  log: Logger,
  span: Span,
): Promise<TaskEnd> {
  // A child that the keeper killed may be seen to die before its reason is heard.
  await context.keeper.settled();
  const cause: unknown = lease.signal.aborted ? lease.signal.reason : thrown;
  if (cause instanceof TaskStopped && (cause.stopCause === "shutdown" || cause.stopCause === "no_space")) {
    await reportRelease(lease, { reason: cause.stopCause }, log);
    return "released";
  }
  if (cause instanceof UnfitTask && !isAnnounced(cause, context)) {
    log.info({ need: cause.need, reason: cause.message }, "the task is for another host");
    await reportRelease(lease, { reason: "unfit", needs: [cause.need] }, log);
    return "unfit";
  }
  if (cause instanceof TaskStopped) return cause.stopCause === "canceled" ? "canceled" : "lost";
  if (cause instanceof ReelwayError && (cause.code === "lease_lost" || cause.code === "lease_token_invalid"))
    return "lost";

  const error = codedError(cause);
  failed(span, error.code);
  if (error.code === "runner_error") log.error({ err: cause }, "the runner itself failed");
  if (error.logTail !== undefined) context.metrics.ffmpegFailures.inc({ code: error.code });
  // Before the failure is told: the next lease must not be an encode.
  if (error.code === "output_wrong") context.software.wrong(lease.task.jobId, error.message);
  await reportFailure(lease, error, log);
  return "failed";
}

/** What is announced here would only come back: then the attempt has failed. */
function isAnnounced({ need }: UnfitTask, context: TaskContext): boolean {
  return meets(new Set(context.capabilities()), need);
}

/** A disk that is full is no fault of the program, whichever of its writes met it. */
function codedError(cause: unknown): ReelwayError {
  if (cause instanceof ReelwayError) return cause;
  if (isDiskFull(cause)) return new ReelwayError("scratch_full", "no space left on the runner's disk", { cause });
  return new ReelwayError("runner_error", reasonOf(cause), { cause });
}

function progressOf(lease: Lease, context: TaskContext, log: Logger): TaskProgress {
  return new TaskProgress({
    send: (report) =>
      lease.client
        .progress(report, { timeoutMs: progressTimeoutMs, signal: lease.signal })
        .catch((error: unknown) => log.debug({ reason: reasonOf(error) }, "progress was not taken")),
    now: context.pacing.now,
    after: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
  });
}

function limitTime(lease: Lease, jobTimeoutMs: number): NodeJS.Timeout {
  const ms = Math.min(lease.task.timeoutSeconds * 1_000, jobTimeoutMs);
  return setTimeout(() => lease.end(new ReelwayError("job_timeout", `ran longer than ${ms / 1_000} s`)), ms);
}

async function work(
  lease: Lease,
  scratch: TaskScratch,
  box: Box,
  inputs: TaskInputs,
  { share, settleMemory, sessions }: TaskMeans,
  context: TaskContext,
  progress: TaskProgress,
  log: Logger,
): Promise<KindResult> {
  const { task, claim, signal } = lease;
  const { config, keeper, ledger, tools, engine, kindOf } = context;
  const pace = context.speeds.open(formatOf(task.spec));
  const result = kindOf(task.spec.kind)({
    task,
    inputs: inputs.paths,
    remote: (role) => inputs.remote(role),
    download: async (role) => {
      await makeRoom(lease, ledger, inputs.bytesOnDisk + neededBytes(inputs.bytesOf([role])));
      return inSpan("download", { "reelway.bytes": inputs.bytesOf([role]) }, () => inputs.downloadOne(role, scratch));
    },
    packageReports: async () => (await lease.client.reports({ signal, timeoutMs: reportsTimeoutMs })).reports,
    findings: async () => (await lease.client.findings({ signal, timeoutMs: reportsTimeoutMs })).items,
    renditionFiles: (wanted) => lease.client.files(wanted, { signal }),
    box,
    inputDirectory: scratch.inputDirectory,
    workDirectory: scratch.workDirectory,
    outputDirectory: scratch.outputDirectory,
    claimSpace: async (bytes) => {
      await makeRoom(lease, ledger, inputs.bytesOnDisk + bytes);
      return claim.bytes - inputs.bytesOnDisk;
    },
    takeMemory: (bytes) => {
      const [tier] = settleMemory(bytes) ? [] : memoryNeeds({ memoryBytes: bytes });
      if (tier !== undefined) throw new UnfitTask(tier, "this host has not the memory free that its pictures take");
      box.expect(bytes);
    },
    tools,
    devices: context.devices,
    sessions,
    engine,
    threads: config.threads ?? share.cores,
    stallMs: config.stallMs,
    storageStallMs,
    urlPolicy: config.urlPolicy,
    pacing: context.pacing,
    signal,
    report: ({ percent, fps, speed, etaSeconds, message }) => {
      pace.note(speed);
      progress.update("processing", percent, { fps, speed, etaSeconds, message });
    },
    onSample: (verdict) => context.metrics.samples.inc({ verdict }),
    onProcessGroup: (pid) => {
      keeper.processGroup(task, pid);
      log.info({ pid }, "process started");
    },
    made: new MadeFiles(),
    log,
  });
  return orAbandoned(result, lease, keeper, log).finally(pace.close);
}

/** The kind's result; when it was aborted and hangs all the same, its processes are killed and it is left behind. */
function orAbandoned(
  result: Promise<KindResult>,
  { task, signal }: Lease,
  keeper: LeaseKeeper,
  log: Logger,
): Promise<KindResult> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      timer = setTimeout(() => {
        log.error("the task does not stop; its processes are killed");
        keeper.kill(task);
        reject(signal.reason);
      }, abandonAfterMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    result.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  });
}
