import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import type { Dispatcher } from "undici";
import { type GuardedAnswer, guardedFetch } from "../net/guarded-fetch.ts";
import { type OpenSource, placeOf, type SourceAnswer } from "./source-answer.ts";

export interface UrlSourceOptions {
  readonly policy: UrlPolicy;
  readonly agent: Dispatcher;
  /** One exchange, body included, ends after this long. */
  readonly totalMs: number;
}

const AGAIN_LATER: readonly number[] = [408, 425, 429];

/** A source behind a URL that a user gave. */
export function urlSource(url: string, options: UrlSourceOptions): OpenSource {
  return async (from, validator, signal) => {
    const resume = from > 0 && validator !== null;
    const headers = resume ? { range: `bytes=${from}-`, "if-range": validator } : {};
    const answer = await get(url, headers, signal, options);
    try {
      return toAnswer(answer);
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
  };
}

async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  options: UrlSourceOptions,
): Promise<GuardedAnswer> {
  try {
    return await guardedFetch({ url, headers, signal, ...options });
  } catch (error) {
    // Too many redirects: as many the next time.
    if (error instanceof ReelwayError && error.code === "download_failed")
      throw new ReelwayError("source_refused", error.message, { cause: error });
    throw error;
  }
}

function toAnswer({ status, headers, body }: GuardedAnswer): SourceAnswer {
  refuse(status);
  const header = (name: string) => [headers[name]].flat()[0];
  const length = header("content-length");
  const place =
    status === 206
      ? placeOf(header("content-range"))
      : { from: 0, totalBytes: length === undefined ? null : Number(length) };
  return { body, ...place, validator: validatorOf(header), contentType: header("content-type") ?? null };
}

function refuse(status: number): void {
  const said = `its server answered ${status}`;
  if (status === 200 || status === 206) return;
  if (status === 404 || status === 410) throw new ReelwayError("source_not_found", said);
  if (status >= 400 && status < 500 && !AGAIN_LATER.includes(status) && status !== 416)
    throw new ReelwayError("source_refused", said);
  throw new Error(said);
}

/** What If-Range takes: a strong ETag, else the time of the last change (RFC 9110 §13.1.5). */
function validatorOf(header: (name: string) => string | undefined): string | null {
  if (header("accept-ranges") === "none") return null;
  const etag = header("etag");
  if (etag !== undefined) return etag.startsWith("W/") ? null : etag;
  return header("last-modified") ?? null;
}
