import { S3ServiceException } from "@aws-sdk/client-s3";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { AddressRefused } from "@reelway/shared/net/guarded-agent";

/** What a tenant's own store, or the way to it, did: whether it refuses for good, and in which words. */
export interface S3Failure {
  readonly status: number | null;
  readonly isFinal: boolean;
  /** Never a credential: the store's code and status, or the connection's own error. */
  readonly reason: string;
}

const AGAIN_LATER: readonly number[] = [408, 425, 429];

export function s3FailureOf(error: unknown): S3Failure {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? null;
    const isFinal = status !== null && status >= 300 && status < 500 && !AGAIN_LATER.includes(status);
    return { status, isFinal, reason: `the store answered ${status ?? "without a status"} ${error.name}` };
  }
  if (error instanceof AddressRefused) return { status: null, isFinal: true, reason: error.message };
  return { status: null, isFinal: false, reason: reasonOf(error) };
}
