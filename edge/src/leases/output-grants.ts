import type { OutputGrantRequest, OutputGrants } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { Settings } from "../settings.ts";
import { presign } from "../storage/presign.ts";
import { isOutputType } from "./output-types.ts";
import type { LeaseClaims } from "./token.ts";

/** One PUT per file, each bound to its size, type and MD5 and to a key that is written once. Throws `output_refused`. */
export async function grantOutputs(
  settings: Settings,
  claims: LeaseClaims,
  { files }: OutputGrantRequest,
  now: number,
): Promise<OutputGrants> {
  refuseTypes(files.map(({ contentType }, index) => ({ path: `files.${index}.contentType`, contentType })));
  const granted = files.map(async ({ name, bytes, contentType, md5 }) => ({
    kind: "presigned" as const,
    name,
    request: await presign(settings, {
      method: "PUT",
      region: claims.region,
      key: claims.prefix + name,
      headers: {
        "content-length": String(bytes),
        "content-type": contentType,
        "content-md5": md5Header(md5),
        "if-none-match": "*",
      },
      expiresInMs: grantMs(claims, now),
    }),
  }));
  return { files: await Promise.all(granted) };
}

/** Until the lease ends, and a little longer so that a slow last PUT ends well. */
export function grantMs(claims: LeaseClaims, now: number): number {
  return claims.expiresAt + limits.grantSlackMs - now;
}

/** Content-MD5 (RFC 1864) of a digest in hex. */
export function md5Header(md5: string): string {
  const bytes = (md5.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  return btoa(String.fromCharCode(...bytes));
}

export function refuseTypes(named: readonly { path: string; contentType: string }[]): void {
  const errors = named
    .filter(({ contentType }) => !isOutputType(contentType))
    .map(({ path, contentType }) => ({ path, message: `${contentType} is not a type that outputs may have` }));
  if (errors.length > 0) throw new ReelwayError("output_refused", undefined, { errors });
}
