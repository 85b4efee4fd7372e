import { JobStatus } from "@reelway/shared/contracts/job";

/** A WebSocket on a job's events, with when each frame came. */
export class Viewer {
  /** When the first frame of each state came, milliseconds of the process's own clock. */
  readonly seenAt = new Map<JobStatus["state"], number>();
  /** Settles with the current status, which is sent first. */
  readonly opened: Promise<void>;
  /** Settles when the control plane has closed it, as it does behind the last frame. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;

  constructor(url: string, bearer: string, jobId: string) {
    const address = new URL(`/api/v1/jobs/${jobId}/events`, url);
    address.protocol = "ws:";
    this.#socket = new WebSocket(address, { headers: { authorization: `Bearer ${bearer}` } });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener("message", ({ data }) => {
        // The time first: what is done with a frame is not part of its way.
        const at = performance.now();
        const { state } = JobStatus.parse(JSON.parse(String(data)));
        if (!this.seenAt.has(state)) this.seenAt.set(state, at);
        resolve();
      });
      this.#socket.addEventListener("error", () => reject(new Error("a viewer's socket failed")));
    });
    this.closed = new Promise((resolve) => this.#socket.addEventListener("close", () => resolve()));
  }

  close(): void {
    this.#socket.close();
  }
}
