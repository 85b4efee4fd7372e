import { createHash } from "node:crypto";
import { createReadStream, openAsBlob, statSync } from "node:fs";
import { basename } from "node:path";
import type { UploadSource } from "@reelway/shared/client/upload-source";

/** A file on disk as the client wants to upload it. */
export async function fileSource(path: string): Promise<UploadSource> {
  const blob = await openAsBlob(path);
  return {
    name: basename(path),
    type: "application/octet-stream",
    bytes: statSync(path).size,
    slice: (start, end) => blob.slice(start, end),
    md5: () => md5Of(path),
  };
}

/** MD5 of a file, 32 hex digits. */
export async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
