import { z } from "zod";
import { OutputLink } from "../contracts/job.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { ApiError, apiErrorFrom, NotReachableError } from "./api-error.ts";
import { type Http, pathOf } from "./http.ts";
import { backoffMs, type RetryPolicy } from "./retry.ts";

export interface DownloadOptions {
  /** The output's name, as the job lists it. */
  name: string;
  /** Bytes that are here already: the download goes on after them. */
  offset?: number;
  signal?: AbortSignal | undefined;
}

export interface Download {
  name: string;
  /** The whole file's size, `offset` included. */
  bytes: number;
  contentType: string;
  /** The file's bytes from `offset`; a broken connection is taken up again where it broke. */
  stream: ReadableStream<Uint8Array>;
}

/** Tries in a row that may bring not a single byte. */
const policy: RetryPolicy = { retries: 4, baseMs: 250, maxMs: 4_000 };
const linkSlackMs = 30_000;

/**
 * One output, straight from its bucket by presigned GET.
 * @throws ReelwayError output_not_found; while reading: the error that was left after all tries.
 */
export async function downloadOutput(http: Http, jobId: string, options: DownloadOptions): Promise<Download> {
  let link = await linkOf(http, jobId, options);
  const { bytes, contentType, name } = link;
  const chunks = (async function* () {
    let position = options.offset ?? 0;
    let fruitless = 0;
    while (position < bytes) {
      const before = position;
      try {
        if (link.expiresAt - http.pacing.now() < linkSlackMs) link = await linkOf(http, jobId, options);
        for await (const chunk of rangeOf(http, link, position, options.signal)) {
          position += chunk.byteLength;
          yield chunk;
        }
        if (position < bytes) throw new NotReachableError("The storage cut the download short", "connection closed");
      } catch (error) {
        options.signal?.throwIfAborted();
        fruitless = position > before ? 0 : fruitless + 1;
        if (fruitless > policy.retries || !isWorthAnother(error)) throw error;
        await http.pacing.sleep(backoffMs(fruitless, policy, http.pacing.random), options.signal);
        if (error instanceof ApiError) link = await linkOf(http, jobId, options);
      }
    }
  })();
  return { name, bytes, contentType, stream: streamOf(chunks) };
}

/** ReadableStream.from, which not every browser has. */
function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function linkOf(http: Http, jobId: string, { name, signal }: DownloadOptions): Promise<OutputLink> {
  const { items } = await listOutputs(http, jobId, signal);
  const link = items.find((item) => item.name === name);
  if (!link) throw new ReelwayError("output_not_found", `The job has no output named ${name}.`);
  return link;
}

/** What a job made, each with a presigned GET that holds for a while. */
export function listOutputs(http: Http, jobId: string, signal?: AbortSignal) {
  const schema = z.object({ items: z.array(OutputLink) });
  return http.json({ method: "GET", path: pathOf`/jobs/${jobId}/outputs`, schema, signal });
}

async function* rangeOf(http: Http, link: OutputLink, from: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  let response: Response;
  try {
    response = await http.fetch(link.url, { headers, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    throw new NotReachableError("The storage did not answer", error);
  }
  if (!response.ok) throw await apiErrorFrom(response, http.pacing.now());
  if (from > 0 && response.status !== 206) {
    await response.body?.cancel();
    throw new ReelwayError("storage_unavailable", "The storage ignored the Range header, so the download can't go on.");
  }
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw new NotReachableError("The storage cut the download short", error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** 403 is what a presigned URL answers when it has run out: a fresh one is asked for. */
function isWorthAnother(error: unknown): boolean {
  if (error instanceof NotReachableError) return true;
  return error instanceof ApiError && (error.status === 403 || error.status === 429 || error.status >= 500);
}
