import { ApiError } from "@reelway/shared/client/api-error";
import type { LeaseClient } from "@reelway/shared/client/runner-client";
import type { PresignedRequest } from "@reelway/shared/contracts/asset";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { multipartEtag, type Part } from "./digest.ts";
import { inParallel } from "./in-parallel.ts";
import { awayOrRefused, putInThreeAttempts, UploadForgotten, type UploadPacing } from "./upload-attempts.ts";

export interface MultipartFile {
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
  readonly parts: readonly Part[];
}

const partsAtOnce = 3;
/** Few enough that their grants still hold when their turn comes. */
const partsPerGrant = 12;

/** One large output on its way up. Parts that are up stay up: a further round sends only those that are missing. */
export class MultipartUpload {
  readonly #file: MultipartFile;
  readonly #lease: LeaseClient;
  readonly #onBytes: (sent: number) => void;
  readonly #etags = new Map<number, string>();
  readonly #sent = new Map<number, number>();
  #uploadId: string | undefined;

  constructor(file: MultipartFile, lease: LeaseClient, onBytes: (sent: number) => void) {
    this.#file = file;
    this.#lease = lease;
    this.#onBytes = onBytes;
  }

  /**
   * One round: every missing part in three attempts, then the completion. Returns the object's ETag.
   * @throws StorageAway when a further round may help; ReelwayError upload_failed or lease_lost.
   */
  async round(pacing: UploadPacing): Promise<string> {
    try {
      await this.#sendMissing(pacing);
      return await this.#complete(pacing.signal);
    } catch (error) {
      if (error instanceof UploadForgotten) this.#beginAnew();
      throw error;
    }
  }

  async #sendMissing(pacing: UploadPacing): Promise<void> {
    const missing = this.#file.parts.filter((part) => !this.#etags.has(part.partNumber));
    for (let first = 0; first < missing.length; first += partsPerGrant) {
      const group = missing.slice(first, first + partsPerGrant);
      const grants = await this.#grant(group, pacing.signal);
      await inParallel(partsAtOnce, group, (part) => this.#send(part, grants, pacing));
    }
  }

  async #send(part: Part, grants: Map<number, PresignedRequest>, pacing: UploadPacing): Promise<void> {
    const grantFor = async (_attempt: number, refused: boolean) => {
      const granted = (refused ? await this.#grant([part], pacing.signal) : grants).get(part.partNumber);
      if (granted === undefined) throw new ReelwayError("upload_failed", `no grant for part ${part.partNumber}`);
      return granted;
    };
    const range = { path: this.#file.path, start: part.start, bytes: part.bytes };
    const what = `${this.#file.name} part ${part.partNumber}`;
    const onBytes = (sent: number) => this.#count(part.partNumber, sent);
    this.#etags.set(part.partNumber, await putInThreeAttempts(what, range, part.md5, grantFor, onBytes, pacing));
  }

  async #grant(parts: readonly Part[], signal: AbortSignal): Promise<Map<number, PresignedRequest>> {
    const { name, contentType } = this.#file;
    const answer = await this.#lease
      .multipart(
        {
          name,
          contentType,
          ...(this.#uploadId === undefined ? {} : { uploadId: this.#uploadId }),
          parts: parts.map(({ partNumber, bytes, md5 }) => ({ partNumber, bytes, md5 })),
        },
        { signal },
      )
      .catch((error: unknown) => {
        throw awayOrRefused(error);
      });
    this.#uploadId = answer.uploadId;
    return new Map(answer.parts.map(({ partNumber, request }) => [partNumber, request]));
  }

  async #complete(signal: AbortSignal): Promise<string> {
    const { name, parts } = this.#file;
    const uploadId = this.#uploadId ?? "";
    const etags = parts.map(({ partNumber }) => ({ partNumber, etag: this.#etags.get(partNumber) ?? "" }));
    const { etag } = await this.#lease
      .completeMultipart({ name, uploadId, parts: etags }, { signal })
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.code === "not_found") throw new UploadForgotten(error.message);
        throw awayOrRefused(error);
      });
    const expected = multipartEtag(parts);
    if (/^[0-9a-f]{32}-\d+$/.test(etag) && etag !== expected)
      throw new ReelwayError("upload_failed", `${name}: the storage put other parts together than were sent`);
    return etag;
  }

  #count(partNumber: number, sent: number): void {
    this.#sent.set(partNumber, sent);
    this.#onBytes([...this.#sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  }

  #beginAnew(): void {
    this.#uploadId = undefined;
    this.#etags.clear();
    this.#sent.clear();
  }
}
