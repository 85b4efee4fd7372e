import { randomUUID } from "node:crypto";
import type { Manifest } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { Job, type Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { queueName } from "./queue-name.ts";

export interface BaselineLease {
  readonly taskId: string;
  readonly leaseToken: string;
  readonly expiresAt: number;
  readonly spec: unknown;
}

/**
 * Leases over HTTP by BullMQ's documented manual way: getNextJob takes a job and locks it with a token, moveToCompleted is
 * refused with any other token. Lost locks go back to the queue by BullMQ's own stalled check.
 */
export class Leases {
  readonly #queue: Queue;
  readonly #worker: Worker;
  /** Jobs under lease here, to spare the read before completing. */
  readonly #held = new Map<string, Job>();

  constructor(queue: Queue, connection: Redis) {
    this.#queue = queue;
    this.#worker = new Worker(queueName, null, { connection, autorun: false, lockDuration: limits.leaseMs });
  }

  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
    await this.#worker.startStalledCheckTimer();
  }

  async lease(max: number): Promise<BaselineLease[]> {
    const leases = await Promise.all(Array.from({ length: max }, () => this.#leaseOne()));
    return leases.filter((lease) => lease !== null);
  }

  async #leaseOne(): Promise<BaselineLease | null> {
    const lock = randomUUID();
    const job = await this.#worker.getNextJob(lock, { block: false });
    if (job?.id === undefined) return null;
    this.#held.set(lock, job);
    return {
      taskId: `${job.id.replace(/^job_/, "tsk_")}_0`,
      leaseToken: `${job.id}.${lock}`,
      expiresAt: Date.now() + limits.leaseMs,
      spec: job.data.spec,
    };
  }

  /** @throws lease_lost when the lock is no longer this token's. */
  async complete(leaseToken: string, manifest: Manifest): Promise<void> {
    const [jobId = "", lock = ""] = leaseToken.split(".");
    const job = this.#held.get(lock) ?? (await Job.fromId(this.#queue, jobId));
    if (job === undefined || job.id !== jobId) throw new ReelwayError("lease_lost");
    try {
      await job.moveToCompleted(manifest, lock, false);
    } catch (cause) {
      throw new ReelwayError("lease_lost", undefined, { cause });
    } finally {
      this.#held.delete(lock);
    }
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
  }
}
