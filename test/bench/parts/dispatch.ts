import { setTimeout as delay } from "node:timers/promises";
import { Job, type JobRequest } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { HttpSession } from "../load/http-session.ts";
import type { FfmpegRecorder } from "../media/ffmpeg-recorder.ts";
import type { Side } from "../sides/side.ts";

/** Times of one job, milliseconds. */
export interface Dispatch {
  /** From the answer to POST. */
  readonly acceptedToStartMs: number;
  /** From sending the POST. */
  readonly sentToStartMs: number;
  readonly argv: readonly string[];
}

/** Answers within this are waited for: a side that is slower is broken. */
const startWithinMs = 30_000;
const JobState = Job.pick({ id: true, state: true });

/** One job after the other on an idle side: how long until its ffmpeg runs. */
export class DispatchProbe {
  readonly side: Side;
  readonly #recorder: FfmpegRecorder;
  readonly #session: HttpSession;

  constructor(side: Side, recorder: FfmpegRecorder) {
    this.side = side;
    this.#recorder = recorder;
    this.#session = new HttpSession({ url: side.url, bearer: side.apiKey, connections: 1 });
  }

  /** @throws when the job fails: a job that did not work has no latency. */
  async run(request: Omit<JobRequest, "assetId">): Promise<Dispatch> {
    await this.#recorder.reset();
    const sentAt = now();
    const answer = await this.#session.expect(201, {
      method: "POST",
      path: "/api/v1/jobs",
      headers: { "idempotency-key": crypto.randomUUID() },
      body: { ...request, assetId: this.side.assetId },
    });
    const acceptedAt = now();
    const { id } = JobState.parse(JSON.parse(answer));
    const encode = await this.#recorder.nextEncode(startWithinMs);
    await this.#succeeded(id);
    return {
      acceptedToStartMs: encode.startedAt - acceptedAt,
      sentToStartMs: encode.startedAt - sentAt,
      argv: encode.argv,
    };
  }

  async #succeeded(jobId: string): Promise<void> {
    for (;;) {
      const body = await this.#session.expect(200, { method: "GET", path: `/api/v1/jobs/${jobId}` });
      const { state } = JobState.parse(JSON.parse(body));
      if (state === "succeeded") return;
      if (isTerminal(state)) throw new Error(`${this.side.name}: job ${jobId} ended ${state}: ${body.slice(0, 1_000)}`);
      await delay(50);
    }
  }

  close(): void {
    this.#session.close();
  }
}

/** Sides take turns, so that what else the machine does falls on all of them. */
export async function measureDispatch(
  probes: readonly DispatchProbe[],
  request: Omit<JobRequest, "assetId">,
  options: { warmUps: number; rounds: number; durationMs: number },
): Promise<ReadonlyMap<DispatchProbe, readonly Dispatch[]>> {
  const results = new Map(probes.map((probe) => [probe, [] as Dispatch[]]));
  for (let round = 0; round < options.warmUps; round++) for (const probe of probes) await probe.run(request);

  const end = performance.now() + options.durationMs;
  for (let round = 0; round < options.rounds && performance.now() < end; round++)
    for (const [probe, dispatches] of results) dispatches.push(await probe.run(request));
  return results;
}

/** Milliseconds since the epoch with a fraction: the clock that other processes have too. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
