import type { Readable } from "node:stream";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { AddressRefused } from "@reelway/shared/net/guarded-agent";
import { guardUrl, type UrlPolicy } from "@reelway/shared/net/url-guard";
import { type Dispatcher, request } from "undici";

export interface GuardedRequest {
  readonly url: string;
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly policy: UrlPolicy;
  /** Of `guardedAgent`, with the same policy; its idle time bounds every silence. */
  readonly agent: Dispatcher;
  /** The whole exchange, body included, ends after this long. */
  readonly totalMs: number;
  readonly signal?: AbortSignal;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it was sent, undecoded. The caller reads it to its end or destroys it. */
  readonly body: Readable;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** What a request must not carry to another origin than the caller meant. */
const BOUND_TO_ORIGIN = /^(authorization|cookie|proxy-authorization)$/i;

/**
 * GETs a URL that a user gave. Every hop passes `guardUrl`, every connection goes to a public address.
 * Throws `source_forbidden` when one does not, `download_failed` after too many redirects; connection errors as they are.
 */
export async function guardedFetch(wanted: GuardedRequest): Promise<GuardedAnswer> {
  const deadline = AbortSignal.timeout(wanted.totalMs);
  const signal = wanted.signal ? AbortSignal.any([wanted.signal, deadline]) : deadline;
  let url = allowed(wanted.url, wanted.policy);
  let headers: Record<string, string> = { ...wanted.headers, "accept-encoding": "identity" };
  for (let hops = 0; ; hops++) {
    const answer = await send(url, headers, signal, wanted);
    const location = REDIRECTS.includes(answer.statusCode) ? answer.headers.location : undefined;
    if (location === undefined) return { status: answer.statusCode, headers: answer.headers, body: answer.body, url };
    answer.body.destroy();
    if (hops === MAX_REDIRECTS) throw new ReelwayError("download_failed", `more than ${MAX_REDIRECTS} redirects`);
    const next = allowed(nextOf(location, url), wanted.policy);
    if (next.origin !== url.origin) headers = withoutOriginBound(headers);
    url = next;
  }
}

function allowed(text: string, policy: UrlPolicy): URL {
  const guarded = guardUrl(text, policy);
  if (guarded.refused !== undefined) throw new ReelwayError("source_forbidden", `The URL ${guarded.message}`);
  return guarded.url;
}

function nextOf(location: string | string[], from: URL): string {
  const text = typeof location === "string" ? location : (location[0] ?? "");
  const next = URL.parse(text, from.href);
  if (!next) throw new ReelwayError("source_forbidden", "A redirect leads to something that is no URL");
  return next.href;
}

async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  { agent, method = "GET" }: GuardedRequest,
): Promise<Dispatcher.ResponseData> {
  try {
    const answer = await request(url, { dispatcher: agent, method, headers, signal });
    // Whoever reads the body sees its error; where nobody does, it must not end the process.
    answer.body.on("error", () => undefined);
    return answer;
  } catch (error) {
    if (error instanceof AddressRefused) throw new ReelwayError("source_forbidden", error.message, { cause: error });
    throw error;
  }
}

function withoutOriginBound(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !BOUND_TO_ORIGIN.test(name)));
}
