import { Job } from "@reelway/shared/contracts/job";
import { type LoadResult, runClosedLoop, type Step, timed } from "../load/closed-loop.ts";
import { HttpSession } from "../load/http-session.ts";
import type { Side } from "../sides/side.ts";
import { jobRequest } from "./job-requests.ts";

const clients = 32;
const AcceptedJob = Job.pick({ id: true });

/** Clients that create jobs and read them, as fast as they are answered. Nothing works on the jobs meanwhile. */
export class JobLoad {
  readonly #side: Side;
  readonly #session: HttpSession;
  readonly #jobIds: string[] = [];
  /** Keeps one load's idempotency keys apart from another's. */
  readonly #name = crypto.randomUUID();
  #sent = 0;

  constructor(side: Side) {
    this.#side = side;
    this.#session = new HttpSession({ url: side.url, bearer: side.apiKey, connections: clients });
  }

  /** Creates jobs for a while. */
  create(options: { warmUpMs: number; durationMs: number }): Promise<LoadResult> {
    return runClosedLoop({ ...options, clients, maxSteps: Number.POSITIVE_INFINITY, step: () => this.#createOne() });
  }

  /** Creates so many jobs more, or as many of them as a time allows: not measured. */
  async fill(jobs: number, durationMs: number): Promise<void> {
    const last = this.#sent + jobs;
    const step = async () => (this.#sent >= last ? ("nothing-left" as const) : this.#createOne());
    await runClosedLoop({ clients, warmUpMs: 0, durationMs, maxSteps: Number.POSITIVE_INFINITY, step });
  }

  /** Reads jobs for a while: one list of twenty for every nine single jobs. */
  read(options: { warmUpMs: number; durationMs: number }): Promise<LoadResult> {
    let reads = 0;
    const step = async () => {
      const number = reads++;
      const path =
        number % 10 === 0
          ? "/api/v1/jobs?limit=20"
          : `/api/v1/jobs/${this.#jobIds[(number * 7_919) % this.#jobIds.length]}`;
      const { ms } = await timed(() => this.#session.expect(200, { method: "GET", path }));
      return { ms };
    };
    return runClosedLoop({ ...options, clients, maxSteps: Number.POSITIVE_INFINITY, step });
  }

  get created(): number {
    return this.#jobIds.length;
  }

  async #createOne(): Promise<Step> {
    const number = this.#sent++;
    const { value, ms } = await timed(() =>
      this.#session.expect(201, {
        method: "POST",
        path: "/api/v1/jobs",
        headers: { "idempotency-key": `${this.#name}-${number}` },
        body: jobRequest(this.#side.assetId, number),
      }),
    );
    this.#jobIds.push(AcceptedJob.parse(JSON.parse(value)).id);
    return { ms };
  }

  close(): void {
    this.#session.close();
  }
}
