import type { z } from "zod";
import type { BatchState } from "../contracts/batch.ts";
import type { JobError } from "../contracts/job-error.ts";
import { reasonOf } from "../errors/reason-of.ts";

/** The command line can't be followed as written: exit code 2. */
export class UsageError extends Error {
  readonly remedy: string | undefined;
  readonly errors: readonly { path: string; message: string }[];
  constructor(message: string, more: { remedy?: string; errors?: readonly { path: string; message: string }[] } = {}) {
    super(message);
    this.remedy = more.remedy;
    this.errors = more.errors ?? [];
  }
}

/** What a failure to read a file means that the command line names: a handler that throws UsageError. */
export function unreadable(path: string): (error: unknown) => never {
  return (error) => {
    throw new UsageError(`Can't read ${path}`, { remedy: reasonOf(error) });
  };
}

/** The job that we followed did not succeed: exit code 4 or 5. */
export class JobEndedBadly extends Error {
  readonly jobId: string;
  readonly state: "failed" | "canceled";
  readonly error: JobError | null;
  constructor(jobId: string, state: "failed" | "canceled", error: JobError | null) {
    super(`${jobId} ${state}`);
    this.jobId = jobId;
    this.state = state;
    this.error = error;
  }
}

/** The batch that we followed did not succeed as a whole: exit code 4 or 5. */
export class BatchEndedBadly extends Error {
  readonly state: BatchState;
  constructor(batchId: string, state: BatchState) {
    super(`${batchId} ${state}`);
    this.state = state;
  }
}

/** Of many items that one request named, the API refused some: exit code 3. Which and why has been printed. */
export class SomeRefused extends Error {}

/** The audit log is not as it was sealed: exit code 3. */
export class AuditBroken extends Error {}

/** Storage does not hold what the records say, or more: exit code 3. Where has been printed. */
export class StorageDiffers extends Error {
  readonly remedy: string;
  constructor(remedy: string) {
    super("Storage and records differ");
    this.remedy = remedy;
  }
}

/** Ctrl-C, or a polite signal: exit code 130. What was done about it has been said already. */
export class Interrupted extends Error {
  constructor() {
    super("Interrupted");
  }
}

/** A value of the command line or of a file of the user's, by its schema. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UsageError(`${what} is not valid`, {
    errors: result.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message })),
  });
}
