import { type ErrorCode, errorCatalogue } from "@reelway/shared/errors/catalogue";
import { problemContentType, toProblem } from "@reelway/shared/errors/problem";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Operation, Responses } from "./document-types.ts";

/** The request id of every example. */
const exampleRequestId = "req_01k9zq3v7m5n8r2t4w6x8y0abc";

/**
 * Every code that an operation may answer with: its own (`problems(…)` in its route) and those that follow from what it
 * takes, such as `invalid_cursor` from a cursor.
 */
export function codesOf(method: string, operation: Operation): ErrorCode[] {
  const parameters = operation.parameters ?? [];
  const takes = (where: string, name?: string) =>
    parameters.some((parameter) => parameter.in === where && (name === undefined || parameter.name === name));
  const codes = new Set<ErrorCode>(operation["x-problems"] ?? []);
  const add = (...more: ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  add("rate_limited", "internal", "unavailable");
  if (operation.security?.length) add("unauthenticated", "forbidden");
  if (method !== "get" && operation.security?.some((way) => "browserSession" in way)) add("cross_site_request");
  if (takes("path")) add("not_found");
  if (takes("query") || takes("header")) add("invalid_request");
  if (takes("query", "cursor")) add("invalid_cursor");
  if (takes("header", "idempotency-key")) add("idempotency_mismatch");
  if (operation.requestBody) add("invalid_request", "malformed_json", "body_too_large", "unsupported_media_type");
  return [...codes].sort();
}

/** Answers for these codes, by status; equal ones of different operations become one component of `shared`. */
export function problemAnswers(codes: readonly ErrorCode[], shared: Map<string, object>): Responses {
  // Codes that end tasks have no status of their own: thrown in a request, they are answered as a 500.
  const byStatus = Map.groupBy(codes, (code) => errorCatalogue[code].status || 500);
  const answers: Responses = {};
  for (const [status, together] of byStatus) {
    const name = together.join("-or-");
    if (!shared.has(name)) shared.set(name, problemAnswer(status, together));
    answers[String(status)] = { $ref: `#/components/responses/${name}` };
  }
  return answers;
}

function problemAnswer(status: number, codes: readonly ErrorCode[]): object {
  const described = codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join(" ");
  const examples = Object.fromEntries(
    codes.map((code) => [code, { value: toProblem(new ReelwayError(code), exampleRequestId) }]),
  );
  const schema = {
    allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: codes } } }],
  };
  const headers: Record<string, object> = { "x-request-id": { $ref: "#/components/headers/x-request-id" } };
  if (status === 401) headers["www-authenticate"] = { $ref: "#/components/headers/www-authenticate" };
  if (status === 429 || status === 503 || codes.includes("stream_not_ready"))
    headers["retry-after"] = { $ref: "#/components/headers/retry-after" };
  return { description: described, headers, content: { [problemContentType]: { schema, examples } } };
}
