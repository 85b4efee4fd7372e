import type { LeaseClient } from "@reelway/shared/client/runner-client";
import type { PresignedRequest } from "@reelway/shared/contracts/asset";
import type { OutputGrantRequest } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { awayOrRefused } from "./upload-attempts.ts";

/** A file that is to be put, in the words in which its grant is asked for. */
type FileToPut = OutputGrantRequest["files"][number];

/** Signed together: few enough that they still hold when their turn comes. */
const filesPerRequest = 50;
/** A grant that ends within this time is not begun with, milliseconds. */
const reserveMs = 5_000;

/** The PUT grants of one round of uploads, fetched in batches as their turn comes. */
export class OutputGrantBook {
  readonly #lease: LeaseClient;
  readonly #files: readonly FileToPut[];
  readonly #now: () => number;
  readonly #granted = new Map<string, PresignedRequest>();
  #batch: Promise<void> = Promise.resolve();

  constructor(lease: LeaseClient, files: readonly FileToPut[], now: () => number) {
    this.#lease = lease;
    this.#files = files;
    this.#now = now;
  }

  /** A grant that still holds. `refused`: the one before did not. */
  async take(file: FileToPut, refused: boolean, signal: AbortSignal): Promise<PresignedRequest> {
    if (refused) this.#granted.delete(file.name);
    // One batch at a time: files that run beside each other share it.
    this.#batch = this.#batch.catch(() => undefined).then(() => this.#fetchFor(file, signal));
    await this.#batch;
    const granted = this.#granted.get(file.name);
    if (granted === undefined) throw new ReelwayError("upload_failed", `no grant for ${file.name}`);
    return granted;
  }

  async #fetchFor(file: FileToPut, signal: AbortSignal): Promise<void> {
    const held = this.#granted.get(file.name);
    if (held !== undefined && held.expiresAt - reserveMs > this.#now()) return;
    const first = this.#files.indexOf(file);
    const batch = this.#files.slice(first, first + filesPerRequest);
    const { files } = await this.#lease.outputs({ files: batch }, { signal }).catch((error: unknown) => {
      throw awayOrRefused(error);
    });
    for (const { name, request } of files) this.#granted.set(name, request);
  }
}
