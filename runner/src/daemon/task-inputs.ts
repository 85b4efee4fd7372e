import type { InputRole, PresignedInput } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { KindContext } from "../kinds/kind.ts";
import { downloadInput } from "../storage/download.ts";
import type { RemoteInput } from "../storage/remote-input.ts";
import { bareEtag, readReserveMs } from "../storage/storage-request.ts";
import { inputPath, type TaskScratch } from "../storage/task-scratch.ts";
import type { Lease } from "./lease.ts";
import { storageStallMs, type TaskContext } from "./task-context.ts";

/** A task's inputs in our own buckets: on disk once they are downloaded, else where they lie. */
export class TaskInputs {
  readonly #lease: Lease;
  readonly #context: Pick<TaskContext, "pacing" | "metrics">;
  readonly #paths: Partial<Record<InputRole, string[]>> = {};
  #grants: readonly PresignedInput[];
  #bytesOnDisk = 0;

  constructor(lease: Lease, context: Pick<TaskContext, "pacing" | "metrics">) {
    this.#lease = lease;
    this.#context = context;
    this.#grants = presigned(lease.task.inputs);
  }

  /** Bytes of what was downloaded, or is about to be. */
  get bytesOnDisk(): number {
    return this.#bytesOnDisk;
  }

  /** Where the downloaded ones lie. */
  get paths(): KindContext["inputs"] {
    return this.#paths;
  }

  bytesOf(roles: readonly InputRole[]): number {
    return this.#places(roles).reduce((sum, place) => sum + this.#grant(place).bytes, 0);
  }

  /** Brings all inputs of these roles to disk. The caller has made room for them. */
  async download(
    roles: readonly InputRole[],
    scratch: TaskScratch,
    onBytes: (received: number) => void,
  ): Promise<void> {
    this.#bytesOnDisk += this.bytesOf(roles);
    let done = 0;
    for (const place of this.#places(roles)) {
      const grant = this.#grant(place);
      const paths = this.#paths[grant.role] ?? [];
      this.#paths[grant.role] = paths;
      const path = inputPath(scratch, grant.role, paths.length);
      await downloadInput({
        grant,
        path,
        refresh: () => this.#refreshed(place),
        onBytes: (received) => onBytes(done + received),
        signal: this.#lease.signal,
        stallMs: storageStallMs,
        pacing: this.#context.pacing,
      });
      done += grant.bytes;
      this.#context.metrics.downloadedBytes.inc(grant.bytes);
      paths.push(path);
    }
  }

  /** Brings the one input of a role to disk, and says where. Throws runner_error where the task came without. */
  async downloadOne(role: InputRole, scratch: TaskScratch): Promise<string> {
    await this.download([role], scratch, () => undefined);
    const path = this.#paths[role]?.[0];
    if (path === undefined) throw new ReelwayError("runner_error", `the task came without its ${role}`);
    return path;
  }

  /** The first input of a role, where it lies. Throws runner_error where the task came without. */
  remote(role: InputRole): RemoteInput {
    const [place] = this.#places([role]);
    if (place === undefined) throw new ReelwayError("runner_error", `the task came without its ${role}`);
    const { bytes, etag } = this.#grant(place);
    return {
      bytes,
      etag: bareEtag(etag),
      request: async (refused = false) => {
        const { request } = this.#grant(place);
        const holds = request.expiresAt - readReserveMs > this.#context.pacing.now();
        return holds && !refused ? request : (await this.#refreshed(place)).request;
      },
    };
  }

  #places(roles: readonly InputRole[]): number[] {
    return this.#grants.flatMap(({ role }, place) => (roles.includes(role) ? [place] : []));
  }

  #grant(place: number): PresignedInput {
    const grant = this.#grants[place];
    if (grant === undefined) throw new ReelwayError("download_failed", "no grant for an input");
    return grant;
  }

  /** Grants come in the task's own order, always the same. */
  async #refreshed(place: number): Promise<PresignedInput> {
    const { role, etag } = this.#grant(place);
    const fresh = presigned((await this.#lease.client.inputs({ signal: this.#lease.signal })).inputs);
    if (fresh[place]?.role !== role || fresh[place].etag !== etag)
      throw new ReelwayError("download_failed", `no grant for the ${role}`);
    this.#grants = fresh;
    return this.#grant(place);
  }
}

/** What lies in our own buckets. What is to be fetched is the kind's own work. */
function presigned(inputs: Lease["task"]["inputs"]): PresignedInput[] {
  return inputs.filter((input) => input.kind === "presigned");
}
