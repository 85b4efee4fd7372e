import type { PresignedRequest } from "@reelway/shared/contracts/asset";
import type { RegionId } from "@reelway/shared/regions";
import { AwsV4Signer } from "aws4fetch";
import type { Settings } from "../settings.ts";

export interface PresignOptions {
  readonly method: "GET" | "PUT";
  readonly region: RegionId;
  /** Built from our own ids only: `[a-z0-9_/.-]`. */
  readonly key: string;
  /** Signed, every one: the request holds only with exactly these values. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Such as `partNumber` and `uploadId`; signed too. */
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresInMs: number;
}

/** Derived signing keys by date: four HMACs less per URL. */
const signingKeys = new Map<string, ArrayBuffer>();
const SAFE_KEY = /^[a-z0-9_-][a-z0-9_.-]*(\/[a-z0-9_-][a-z0-9_.-]*)*$/;

/** A request to the region's bucket that whoever holds it may make until `expiresAt` (AWS Signature V4, in the query). */
export async function presign(settings: Settings, options: PresignOptions): Promise<PresignedRequest> {
  if (!SAFE_KEY.test(options.key)) throw new Error("A storage key holds characters that are not ours");
  const now = Date.now();
  const expiresInSeconds = Math.max(1, Math.ceil(options.expiresInMs / 1_000));
  const headers = { ...options.headers };
  const signed = await new AwsV4Signer({
    method: options.method,
    url: unsignedUrl(settings, options, expiresInSeconds),
    headers,
    accessKeyId: settings.r2AccessKeyId,
    secretAccessKey: settings.r2SecretAccessKey,
    service: "s3",
    region: "auto",
    cache: signingKeys,
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    signQuery: true,
    // Without it content-length and content-type are left out of the signature.
    allHeaders: true,
  }).sign();
  return { method: options.method, url: signed.url.href, headers, expiresAt: now + expiresInSeconds * 1_000 };
}

function unsignedUrl(settings: Settings, options: PresignOptions, expiresInSeconds: number): string {
  const url = new URL(`${settings.s3Endpoint}/${settings.bucketPrefix}-${options.region}/${options.key}`);
  for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value);
  url.searchParams.set("X-Amz-Expires", String(expiresInSeconds));
  return url.href;
}
