import { CommanderError } from "commander";
import { ApiError, NotReachableError } from "../client/api-error.ts";
import type { ProgramRun } from "../contracts/program-run.ts";
import { withoutControls, withoutControlsInLines } from "../contracts/text.ts";
import { errorCatalogue } from "../errors/catalogue.ts";
import { reasonOf } from "../errors/reason-of.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { exitCodes } from "./exit-codes.ts";
import {
  AuditBroken,
  BatchEndedBadly,
  Interrupted,
  JobEndedBadly,
  SomeRefused,
  StorageDiffers,
  UsageError,
} from "./failures.ts";
import type { Output } from "./output.ts";

/** One failure as it is told: to people in lines, to scripts as `{"error": …}`. */
interface Failure {
  exitCode: number;
  code: string;
  title: string;
  detail?: string | undefined;
  remedy?: string | undefined;
  requestId?: string | undefined;
  jobId?: string | undefined;
  errors?: readonly { path: string; message: string }[] | undefined;
  logTail?: string | undefined;
  program?: ProgramRun | undefined;
}

/** The CLI's one error boundary: says what happened and returns the exit code. */
export function reportFailure(error: unknown, output: Output): number {
  // Commander has said it already: help, the version, or help in place of a command that is missing.
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
  if (error instanceof CommanderError && error.code === "commander.help" && !output.json) return exitCodes.usage;
  const failure = failureOf(error);
  if (output.json) {
    const { exitCode, ...told } = failure;
    output.jsonLine({ error: { ...told, exitCode } });
  } else sayFailure(failure, output);
  return failure.exitCode;
}

function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError || error instanceof UsageError) return usageFailure(error);
  if (error instanceof Interrupted)
    return { exitCode: exitCodes.interrupted, code: "interrupted", title: "Interrupted" };
  if (error instanceof JobEndedBadly) return jobFailure(error);
  if (error instanceof BatchEndedBadly) return batchFailure(error);
  if (error instanceof SomeRefused)
    return { exitCode: exitCodes.refused, code: "some_refused", title: "Not all were done", detail: error.message };
  if (error instanceof AuditBroken) return { exitCode: exitCodes.refused, code: "audit_broken", title: error.message };
  if (error instanceof StorageDiffers) {
    const { message: title, remedy } = error;
    return { exitCode: exitCodes.refused, code: "storage_differs", title, remedy };
  }
  if (error instanceof ApiError) {
    const { code, title, detail, remedy, errors } = error;
    const exitCode = error.status >= 500 ? exitCodes.unavailable : exitCodes.refused;
    return { exitCode, code, title, detail, remedy, errors, requestId: error.requestId ?? undefined };
  }
  if (error instanceof NotReachableError) {
    const remedy = "Check the address and the network; `make up` starts a control plane on this machine.";
    return { exitCode: exitCodes.unavailable, code: error.code, title: "No answer", detail: error.detail, remedy };
  }
  if (error instanceof ReelwayError) {
    const { title, remedy, status, fault } = errorCatalogue[error.code];
    const refused = fault === "caller" && status >= 400 && status < 500;
    const exitCode = refused ? exitCodes.refused : exitCodes.unavailable;
    return { exitCode, code: error.code, title, detail: error.detail, remedy, errors: error.errors };
  }
  const detail = reasonOf(error);
  return { exitCode: exitCodes.unexpected, code: "unexpected", title: "Something unexpected happened", detail };
}

function usageFailure(error: CommanderError | UsageError): Failure {
  const title = titleOfUsage(error);
  const remedy = error instanceof UsageError ? error.remedy : "See reelway --help.";
  const errors = error instanceof UsageError ? error.errors : [];
  return { exitCode: exitCodes.usage, code: "usage", title, remedy, errors };
}

function titleOfUsage(error: CommanderError | UsageError): string {
  if (error instanceof CommanderError && error.code === "commander.help") return "A command is missing";
  return error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
}

function jobFailure({ jobId, state, error }: JobEndedBadly): Failure {
  if (state === "canceled")
    return { exitCode: exitCodes.jobCanceled, code: "job_canceled", title: "The job was canceled", jobId };
  if (error === null) return { exitCode: exitCodes.jobFailed, code: "job_failed", title: "The job failed", jobId };
  const { title, remedy } = errorCatalogue[error.code];
  const { code, message: detail, logTail, program } = error;
  return { exitCode: exitCodes.jobFailed, code, title, detail, remedy, jobId, logTail, program };
}

function batchFailure({ state, message }: BatchEndedBadly): Failure {
  const canceled = state === "canceled";
  const exitCode = canceled ? exitCodes.jobCanceled : exitCodes.jobFailed;
  const title = canceled ? "The batch was canceled" : "Not all jobs of the batch succeeded";
  const remedy = canceled ? undefined : "`reelway batches jobs ID --state failed` lists those that failed.";
  return { exitCode, code: `batch_${state}`, title, detail: message, remedy };
}

function sayFailure(failure: Failure, output: Output): void {
  const { red, bold, dim } = output.err;
  const clean = (text: string) => withoutControls(text);
  const code = failure.exitCode === exitCodes.interrupted ? "" : ` ${dim(`(${failure.code})`)}`;
  output.note(`${red("✗")} ${bold(clean(failure.title))}${code}`);
  if (failure.detail !== undefined && failure.detail !== failure.title) output.note(`  ${clean(failure.detail)}`);
  const said = (text: string) => clean(text).trim() === clean(failure.detail ?? "").trim();
  for (const { path, message } of failure.errors ?? [])
    if (!said(`${path} ${message}`)) output.note(`  ${path === "" ? "" : `${bold(clean(path))}  `}${clean(message)}`);
  const tail = withoutControlsInLines(failure.logTail ?? "").trimEnd();
  if (tail !== "" && !said(tail)) for (const line of tail.split("\n").slice(-8)) output.note(dim(`  │ ${line}`));
  if (failure.remedy !== undefined) output.note(`  ${dim("→")} ${clean(failure.remedy)}`);
  // The command itself is long, and not for everybody who converts a file.
  if (failure.program?.command !== undefined && failure.jobId !== undefined)
    output.note(
      `  ${dim("→")} \`reelway jobs show ${clean(failure.jobId)}\` prints the ${failure.program.name} command that failed.`,
    );
  if (failure.jobId !== undefined) output.note(dim(`  ${clean(failure.jobId)}`));
  if (failure.requestId !== undefined) output.note(dim(`  request ${clean(failure.requestId)}`));
}
