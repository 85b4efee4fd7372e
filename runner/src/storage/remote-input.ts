import type { PresignedRequest } from "@reelway/shared/contracts/asset";

/** One of our own objects that is read where it lies, a range here and a range there. */
export interface RemoteInput {
  readonly bytes: number;
  /** Without quotes. Whatever is read must still be this one. */
  readonly etag: string;
  /** A grant that holds for a while. `refused`: the last one did not, whatever its time says. */
  readonly request: (refused?: boolean) => Promise<PresignedRequest>;
}
