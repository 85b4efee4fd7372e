import { createHash } from "node:crypto";
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { UploadSource } from "../../client/upload-source.ts";
import { UsageError, unreadable } from "../failures.ts";

/** Media types by extension. Only a label for the storage: what a file is, the runner finds out by probing it. */
const mediaTypes: Readonly<Record<string, string>> = {
  ".mp4": "video/mp4",
  ".m4v": "video/mp4",
  ".mov": "video/quicktime",
  ".mkv": "video/x-matroska",
  ".webm": "video/webm",
  ".avi": "video/x-msvideo",
  ".ts": "video/mp2t",
  ".gif": "image/gif",
  ".mp3": "audio/mpeg",
  ".m4a": "audio/mp4",
  ".wav": "audio/wav",
  ".flac": "audio/flac",
  ".ogg": "audio/ogg",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".vtt": "text/vtt",
  ".srt": "application/x-subrip",
};

/**
 * A file on disk, read slice by slice and never whole. A file that changes while it is read ends the upload.
 * @throws UsageError when it is not a readable, non-empty file.
 */
export async function openSource(path: string): Promise<UploadSource> {
  const found = await stat(path).catch(unreadable(path));
  if (!found.isFile()) throw new UsageError(`${path} is not a file`);
  if (found.size === 0) throw new UsageError(`${path} is empty`);
  await access(path, constants.R_OK).catch(unreadable(path));
  return {
    name: basename(path),
    type: mediaTypes[extname(path).toLowerCase()] ?? "",
    bytes: found.size,
    slice: (start, end) => readSlice(path, found, start, end),
    md5: (signal) => md5Of(path, { signal }),
    partMd5: (start, end, signal) => md5Of(path, { start, end: end - 1, signal }),
  };
}

/** Node's own blobs of files count their bytes in 32 bits: of a file of 6 GiB they hold two. Throws UsageError. */
function readSlice(path: string, opened: Stats, start: number, end: number): Blob {
  const file = openSync(path, "r");
  try {
    const { size, mtimeMs } = fstatSync(file);
    const bytes = Buffer.alloc(end - start);
    const isSame = size === opened.size && mtimeMs === opened.mtimeMs;
    if (!isSame || readSync(file, bytes, 0, bytes.length, start) < bytes.length)
      throw new UsageError(`${path} has been changed while it was read`);
    return new Blob([bytes]);
  } finally {
    closeSync(file);
  }
}

/** Of the file, or of its bytes from `start` up to, and including, `end`. */
async function md5Of(
  path: string,
  { signal, ...range }: { start?: number; end?: number; signal?: AbortSignal | undefined },
): Promise<string> {
  const hash = createHash("md5");
  const options = { highWaterMark: 1 << 20, ...range, ...(signal === undefined ? {} : { signal }) };
  for await (const chunk of createReadStream(path, options)) hash.update(chunk);
  return hash.digest("hex");
}
