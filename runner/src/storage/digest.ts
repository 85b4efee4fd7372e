import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** One part of a multipart upload: equal sizes, but for the last. */
export interface Part {
  readonly partNumber: number;
  readonly start: number;
  readonly bytes: number;
  readonly md5: string;
}

export interface Digest {
  readonly bytes: number;
  readonly md5: string;
  readonly sha256: string;
  /** Empty unless a part size was given. */
  readonly parts: readonly Part[];
}

/** MD5 and SHA-256 of a file, and the MD5 of each of its parts, in one read. */
export async function digestFile(path: string, partBytes: number | null, signal: AbortSignal): Promise<Digest> {
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  const parts: Part[] = [];
  let bytes = 0;
  let partHash = createHash("md5");
  let partStart = 0;
  const closePart = () => {
    parts.push({
      partNumber: parts.length + 1,
      start: partStart,
      bytes: bytes - partStart,
      md5: partHash.digest("hex"),
    });
    partHash = createHash("md5");
    partStart = bytes;
  };

  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    if (!Buffer.isBuffer(chunk)) continue;
    md5.update(chunk);
    sha256.update(chunk);
    if (partBytes === null) {
      bytes += chunk.length;
      continue;
    }
    for (let offset = 0; offset < chunk.length; ) {
      const piece = chunk.subarray(offset, offset + partBytes - (bytes - partStart));
      partHash.update(piece);
      bytes += piece.length;
      offset += piece.length;
      if (bytes - partStart === partBytes) closePart();
    }
  }
  if (partBytes !== null && bytes > partStart) closePart();
  return { bytes, md5: md5.digest("hex"), sha256: sha256.digest("hex"), parts };
}

/** The ETag of a finished multipart upload, as S3 and R2 make it: the MD5 of the parts' MD5s, and their count. */
export function multipartEtag(parts: readonly Part[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(Buffer.from(part.md5, "hex"));
  return `${hash.digest("hex")}-${parts.length}`;
}
