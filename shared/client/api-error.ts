import { z } from "zod";
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { Problem } from "../errors/problem.ts";
import { ReelwayError } from "../errors/reelway-error.ts";

/** The API answered, and said no. */
export class ApiError extends ReelwayError {
  /** HTTP status of the answer. */
  readonly status: number;
  /** What an operator finds the request by in the logs; null when the answer did not come from Reelway. */
  readonly requestId: string | null;
  readonly title: string;
  readonly remedy: string;
  /** How long the server asked us to wait, milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(problem: Pick<Problem, "code" | "status" | "title" | "remedy" | "detail" | "errors">, more: Origin) {
    super(problem.code, problem.detail, problem.errors === undefined ? {} : { errors: problem.errors });
    this.status = problem.status;
    this.title = problem.title;
    this.remedy = problem.remedy;
    this.requestId = more.requestId;
    this.retryAfterMs = more.retryAfterMs;
  }
}

interface Origin {
  requestId: string | null;
  retryAfterMs: number | null;
}

/** Nobody answered: refused, unknown host, cut off or too slow. */
export class NotReachableError extends ReelwayError {
  constructor(what: string, cause: unknown) {
    super("unavailable", `${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** The error that an answer outside 2xx stands for. Reads the body. */
export async function apiErrorFrom(response: Response, now: number): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const origin = (requestId: string | null): Origin => ({
    requestId: requestId ?? response.headers.get("x-request-id"),
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), now),
  });

  const problem = Problem.safeParse(body);
  if (problem.success)
    return new ApiError({ ...problem.data, status: response.status }, origin(problem.data.requestId));

  // A proxy's page, or a control plane with codes newer than ours: the status is what we know.
  const code = codeOfStatus(response.status);
  const { title, remedy } = errorCatalogue[code];
  const newer = NewerProblem.safeParse(body);
  const detail = newer.data?.detail ?? newer.data?.title ?? `The answer was HTTP ${response.status}.`;
  return new ApiError({ code, title, remedy, detail, status: response.status }, origin(newer.data?.requestId ?? null));
}

const NewerProblem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
});

function codeOfStatus(status: number): ErrorCode {
  const codes: Record<number, ErrorCode> = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    416: "range_not_satisfiable",
    429: "rate_limited",
  };
  if (status >= 500) return status === 500 ? "internal" : "unavailable";
  return codes[status] ?? "invalid_request";
}

/** Retry-After in seconds or as a date (RFC 9110 §10.2.3), as milliseconds from now. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** fetch hides the reason ("fetch failed") in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? reasonOf(cause) : error.message || error.name;
}
