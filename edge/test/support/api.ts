import { exports } from "cloudflare:workers";
import { requireDocumented } from "./documented.ts";

export const ORIGIN = "https://reelway.test";

export interface Call {
  readonly method?: string;
  readonly key?: string | undefined;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Where it is sent to. */
  readonly origin?: string;
  /** What the platform tells of the caller's place. */
  readonly cf?: { latitude?: string; longitude?: string };
}

/**
 * One request to the Worker, through its own fetch handler. `path` begins with a slash. Throws when the answer is not
 * as the API's document says.
 */
export async function call(
  path: string,
  { method = "GET", key, body, headers = {}, origin = ORIGIN, cf }: Call = {},
): Promise<Response> {
  const response = await exports.default.fetch(`${origin}${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(cf === undefined ? {} : { cf }),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  await requireDocumented(method, new URL(path, ORIGIN).pathname, response);
  return response;
}

/** The same below /api/v1. */
export function api(path: string, options?: Call): Promise<Response> {
  return call(`/api/v1${path}`, options);
}
