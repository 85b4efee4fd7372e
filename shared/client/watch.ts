import { JobStatus } from "../contracts/job.ts";
import { isTerminal } from "../jobs/state-machine.ts";
import { ApiError } from "./api-error.ts";
import { type Http, pathOf } from "./http.ts";
import { backoffMs } from "./retry.ts";
import { readServerSentEvents } from "./server-sent-events.ts";

export interface WatchOptions {
  signal?: AbortSignal | undefined;
  /** A stream that says nothing for this long is taken for dead and opened again; the current state comes first. */
  silenceMs?: number;
  /** How long the control plane may be away altogether. */
  patienceMs?: number;
}

/** Between two looks at /status while streaming does not work, milliseconds. */
const pollMs = 1_000;
const reconnect = { retries: Number.POSITIVE_INFINITY, baseMs: 200, maxMs: 5_000 };
/** Streams that may fail in a row before we poll, and polls before the stream is tried again. */
const streamsBeforePolling = 3;
const pollsBeforeStream = 15;

/**
 * The job's states as they come, the current one first; ends after the terminal one. Lost streams are opened again, and
 * where streaming does not work at all it polls: the frames are the same, only fewer.
 * @throws ApiError when the API refuses (no such job, no right to see it); the last error when the control plane stays
 * away for `patienceMs`; the signal's reason when aborted.
 */
export async function* watchJob(http: Http, id: string, options: WatchOptions = {}): AsyncGenerator<JobStatus> {
  const { signal, patienceMs = 120_000 } = options;
  const { pacing } = http;
  let lastSequence = -1;
  let lastContactAt = pacing.now();
  let failures = 0;

  for (let round = 0; ; round++) {
    const polling = failures >= streamsBeforePolling && round % pollsBeforeStream !== 0;
    try {
      for await (const status of polling ? [await look(http, id, signal)] : streamStatus(http, id, options)) {
        lastContactAt = pacing.now();
        if (!polling) failures = 0;
        const terminal = isTerminal(status.state);
        if (terminal || status.sequence > lastSequence) yield status;
        lastSequence = Math.max(lastSequence, status.sequence);
        if (terminal) return;
      }
      if (!polling) failures++;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiError && isRefusal(error, polling)) throw error;
      if (pacing.now() - lastContactAt > patienceMs) throw error;
      failures++;
    }
    await pacing.sleep(polling ? pollMs : backoffMs(Math.max(0, failures - 1), reconnect, pacing.random), signal);
  }
}

/** A stream may be refused by something in between (a proxy); /status decides whether it is the API itself. */
function isRefusal(error: ApiError, polling: boolean): boolean {
  const temporary = error.status === 408 || error.status === 429 || error.status >= 500;
  return !temporary && (polling || error.requestId !== null);
}

function look(http: Http, id: string, signal: AbortSignal | undefined): Promise<JobStatus> {
  return http.json({ method: "GET", path: pathOf`/jobs/${id}/status`, schema: JobStatus, signal });
}

async function* streamStatus(http: Http, id: string, options: WatchOptions): AsyncGenerator<JobStatus> {
  const silence = new AbortController();
  const silenceMs = options.silenceMs ?? 20_000;
  const giveUp = () => silence.abort(new DOMException("the stream fell silent", "TimeoutError"));
  let timer = setTimeout(giveUp, silenceMs);
  try {
    const response = await http.response({
      method: "GET",
      path: pathOf`/jobs/${id}/events`,
      headers: { accept: "text/event-stream" },
      repeatable: false,
      signal: options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal]),
    });
    if (!response.headers.get("content-type")?.startsWith("text/event-stream") || response.body === null) {
      await response.body?.cancel();
      return;
    }
    for await (const { event, data } of readServerSentEvents(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceMs);
      if (event === "status") yield JobStatus.parse(JSON.parse(data));
    }
  } finally {
    clearTimeout(timer);
  }
}
