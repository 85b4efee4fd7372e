import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import type { z } from "zod";

/** Parts of route descriptions, so that a route reads as what it takes and gives. */

/** A JSON body that the request must have. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { "application/json": { schema } },
});

/** A JSON answer. */
export const jsonResponse = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/**
 * The errors of a route's own, spread into its description: `...problems("asset_not_ready")`. Those that follow from what
 * it takes and who may use it (`unauthenticated`, `not_found` of a path's id, `invalid_request` …) come by themselves:
 * see openapi/problems.ts.
 */
export const problems = (...codes: readonly ErrorCode[]) => ({ "x-problems": codes });
