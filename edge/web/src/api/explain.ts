import { ApiError } from "@reelway/shared/client/api-error";
import type { JobError } from "@reelway/shared/contracts/job-error";
import { type ErrorCode, errorCatalogue } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** An error in the words that a person is shown. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly title: string;
  /** What happened this time. */
  readonly detail: string;
  /** What to do next. */
  readonly remedy: string;
  readonly requestId: string | null;
}

export function explain(error: unknown): Explanation {
  if (!(error instanceof ReelwayError))
    return explainCode("internal", error instanceof Error ? error.message : undefined);
  const requestId = error instanceof ApiError ? error.requestId : null;
  // The detail of an error with one field says it already.
  const fields = error.errors
    .map(({ path, message }) => `${path} ${message}`)
    .filter((field) => !error.detail?.includes(field))
    .join("; ");
  return { ...explainCode(error.code, [error.detail, fields].filter(Boolean).join(" ")), requestId };
}

/** Why a job or a task ended badly. */
export function explainJobError({ code, message }: JobError): Explanation {
  return explainCode(code, message);
}

function explainCode(code: ErrorCode, detail: string | undefined): Explanation {
  const { title, remedy } = errorCatalogue[code];
  return { code, title, detail: detail || title, remedy, requestId: null };
}

/** What a code means, at length: the address that problem documents give as their type. */
export function errorPage(code: ErrorCode): string {
  return `https://reelway.dev/errors/${code}`;
}
