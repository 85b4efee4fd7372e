import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { toProblem } from "../../errors/problem.ts";
import { ReelwayError } from "../../errors/reelway-error.ts";

/** Answers as the API does; true, so that a handler can say in the same breath that it has answered. */
export function send(response: ServerResponse, body: unknown, status = 200): true {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
  return true;
}

/** Refuses as the API does (RFC 9457); true as above. */
export function problem(
  response: ServerResponse,
  code: ErrorCode,
  detail?: string,
  headers: Record<string, string> = {},
): true {
  const body = toProblem(new ReelwayError(code, detail), "req_test");
  response.writeHead(body.status, { "content-type": "application/problem+json", ...headers });
  response.end(JSON.stringify(body));
  return true;
}
