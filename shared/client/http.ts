import type { z } from "zod";
import { apiPrefix } from "../contracts/api-prefix.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { ApiError, apiErrorFrom, NotReachableError } from "./api-error.ts";
import { backoffMs, type Pacing, type RetryPolicy, systemPacing } from "./retry.ts";

export type Fetch = typeof globalThis.fetch;

export interface HttpOptions {
  /** Where the control plane answers, such as `http://127.0.0.1:8787`; a path in it is kept. */
  url: string;
  /** The bearer credential; a function where it changes over time. */
  key?: string | (() => string | undefined);
  fetch?: Fetch;
  /** Sent with every call, such as `user-agent`. */
  headers?: Readonly<Record<string, string>>;
  retry?: RetryPolicy;
  pacing?: Pacing;
}

export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /api/v1, starting with a slash; ids in it are already safe (`pathOf`). */
  path: string;
  /** In the place of /api/v1. */
  prefix?: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Makes a creating POST safe to repeat, so it is repeated. */
  idempotencyKey?: string;
  /** Whether the call may be repeated. Default: all but POSTs without an Idempotency-Key. */
  repeatable?: boolean;
  /** Time for one try, milliseconds; 30 s where nothing is said. `response` counts to the headers only. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface Http {
  /**
   * The answer's body, parsed by its contract.
   * @throws ApiError when the API refuses; NotReachableError when nobody answers; the signal's reason when aborted.
   */
  json<Schema extends z.ZodType>(call: Call & { schema: Schema }): Promise<z.output<Schema>>;
  /** The same for calls whose answer has no body of interest. */
  done(call: Call): Promise<void>;
  /** A 2xx answer with its body unread: streams and downloads. */
  response(call: Call): Promise<Response>;
  readonly pacing: Pacing;
  readonly fetch: Fetch;
}

const defaultRetry: RetryPolicy = { retries: 4, baseMs: 250, maxMs: 4_000 };
/** Time for one try, milliseconds. */
const tryMs = 30_000;
/** A server that asks for more patience than this gets its error reported instead. */
const retryAfterMaxMs = 30_000;
const repeatableStatuses = [429, 502, 503, 504];

/** What every resource calls through: address, credential, and the patience of `retry` for calls that may be repeated. */
export function createHttp(options: HttpOptions): Http {
  const pacing = options.pacing ?? systemPacing;
  const policy = options.retry ?? defaultRetry;
  const doFetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const base = options.url.replace(/\/+$/, "");

  const request = async <Answer>(call: Call, read: (response: Response, name: string) => Promise<Answer>) => {
    const name = `${call.method} ${call.prefix ?? apiPrefix}${call.path}`;
    const repeatable = call.repeatable ?? (call.method !== "POST" || call.idempotencyKey !== undefined);
    for (let retry = 0; ; retry++) {
      call.signal?.throwIfAborted();
      try {
        return await once(call, name, read);
      } catch (error) {
        call.signal?.throwIfAborted();
        const waitMs = repeatable && retry < policy.retries ? waitBefore(error, retry) : null;
        if (waitMs === null) throw error;
        await pacing.sleep(waitMs, call.signal);
      }
    }
  };

  /** Milliseconds until the next try, or null where another try is of no use. */
  const waitBefore = (error: unknown, retry: number): number | null => {
    const backoff = backoffMs(retry, policy, pacing.random);
    if (error instanceof NotReachableError) return backoff;
    if (!(error instanceof ApiError) || !repeatableStatuses.includes(error.status)) return null;
    const asked = error.retryAfterMs ?? 0;
    return asked > retryAfterMaxMs ? null : Math.max(asked, backoff);
  };

  const once = async <Answer>(
    call: Call,
    name: string,
    read: (response: Response, name: string) => Promise<Answer>,
  ): Promise<Answer> => {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DOMException("no answer in time", "TimeoutError")),
      call.timeoutMs ?? tryMs,
    );
    const signals = call.signal === undefined ? [deadline.signal] : [call.signal, deadline.signal];
    try {
      const response = await doFetch(addressOf(base, call), {
        method: call.method,
        headers: headersOf(options, call),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal: AbortSignal.any(signals),
      });
      if (!response.ok) throw await apiErrorFrom(response, pacing.now());
      return await read(response, name);
    } catch (error) {
      if (error instanceof ReelwayError || call.signal?.aborted) throw error;
      throw new NotReachableError(`${base} did not answer ${name}`, error);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    pacing,
    fetch: doFetch,
    json: (call) => request(call, (response, name) => parse(response, call.schema, name)),
    done: (call) => request(call, async (response) => void (await response.body?.cancel())),
    response: (call) => request(call, async (response) => response),
  };
}

/** A path with each value made safe for its place: `pathOf\`/jobs/${id}/status\``. */
export function pathOf(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

function addressOf(base: string, call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, String(value));
  return `${base}${call.prefix ?? apiPrefix}${call.path}${query.size > 0 ? `?${query}` : ""}`;
}

function headersOf(options: HttpOptions, call: Call): Record<string, string> {
  const key = typeof options.key === "function" ? options.key() : options.key;
  return {
    accept: "application/json",
    ...options.headers,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(call.body === undefined ? {} : { "content-type": "application/json" }),
    ...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey }),
    ...call.headers,
  };
}

async function parse<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
  name: string,
): Promise<z.output<Schema>> {
  const text = await response.text();
  const result = schema.safeParse(jsonOrUndefined(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ReelwayError(
    "internal",
    `The answer to ${name} is not as agreed (${issue?.path.join(".") || "body"}: ${issue?.message}). Is it a Reelway server of this version?`,
  );
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
