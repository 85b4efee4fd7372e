import { OpenAPIHono } from "@hono/zod-openapi";
import { type FieldError, ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { z } from "zod";
import type { AppEnv } from "./app-env.ts";

export type Router = OpenAPIHono<AppEnv>;

/** A router whose requests are checked by their schemas; a refusal is `invalid_request` with the paths of the fields. */
export function newRouter(): Router {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      // A malformed id names nothing, just as an unknown one does.
      if (result.target === "param") throw new ReelwayError("not_found");
      throw invalidRequest(result.error.issues);
    },
  });
}

/** The `invalid_request` of these findings, the first of many; `prefix` is where the checked part lies in the body. */
export function invalidRequest(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): ReelwayError {
  const errors = issues.flatMap((issue) => fieldErrors(issue, prefix)).slice(0, limits.fieldErrors);
  return new ReelwayError("invalid_request", undefined, { errors });
}

function fieldErrors(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): FieldError[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: dotted([...path, key]), message: "is not a field of this request" }));
  return [{ path: dotted(path), message: issue.message }];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
