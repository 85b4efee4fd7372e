import type { OutputGrantRequest, OutputGrants } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { Settings } from "../settings.ts";
import { contentMd5 } from "../storage/content-md5.ts";
import { fileTypes } from "../storage/file-types.ts";
import { presign } from "../storage/presign.ts";
import { bytesOf, outputBytesMax, refuseTooMany } from "./output-bytes.ts";
import type { LeaseClaims } from "./token.ts";

/** One PUT per file, each bound to its size, type and MD5 and to a key that is written once. Throws `output_refused`. */
export async function grantOutputs(
  settings: Settings,
  claims: LeaseClaims,
  { files }: OutputGrantRequest,
  now: number,
): Promise<OutputGrants> {
  refuseTypes(files.map(({ contentType }, index) => ({ path: `files.${index}.contentType`, contentType })));
  refuseTooMany(bytesOf(files), outputBytesMax(settings, claims));
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
        "content-md5": contentMd5(md5),
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

export function refuseTypes(named: readonly { path: string; contentType: string }[]): void {
  const errors = named
    .filter(({ contentType }) => !fileTypes.includes(contentType))
    .map(({ path, contentType }) => ({ path, message: `${contentType} is not a type that outputs may have` }));
  if (errors.length > 0) throw new ReelwayError("output_refused", undefined, { errors });
}
