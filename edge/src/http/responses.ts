import { Problem, problemContentType } from "@reelway/shared/errors/problem";
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

/** What any route may answer when it does not do as asked. */
export const problemResponses = {
  default: { description: "A problem", content: { [problemContentType]: { schema: Problem } } },
} as const;
