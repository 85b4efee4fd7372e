import { z } from "zod";
import { errorCatalogue, errorCodes } from "./catalogue.ts";
import type { ReelwayError } from "./reelway-error.ts";

/** An error answer: problem details (RFC 9457) with our stable `code`. Content-Type is application/problem+json. */
export const Problem = z
  .object({
    type: z.string().meta({ description: "A URI for the kind of problem; its last part is the code" }),
    title: z.string(),
    status: z.int(),
    code: z.enum(errorCodes),
    detail: z.string().optional(),
    remedy: z.string(),
    retryable: z.boolean(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

export const problemContentType = "application/problem+json";

/** The problem document of an error. A 500 carries no detail. */
export function toProblem(error: ReelwayError, requestId: string): Problem {
  const { status, title, remedy, retryable } = errorCatalogue[error.code];
  return {
    type: `https://reelway.dev/errors/${error.code}`,
    title,
    status: status || 500,
    code: error.code,
    ...(error.detail !== undefined && status !== 500 ? { detail: error.detail } : {}),
    remedy,
    retryable,
    requestId,
    ...(error.errors.length > 0 ? { errors: [...error.errors] } : {}),
  };
}
