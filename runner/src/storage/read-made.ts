import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** What stands in its place may be a link or a pipe: neither is followed or waited for. */
const asItIs = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens what a program of a box wrote for the runner, such as a report or a log. The program had hostile bytes in its hands,
 * so this may be anything. Throws output_invalid where it is longer than `mostBytes`, or no file; whatever opening it throws
 * where it is not there.
 */
export async function openMade(path: string, mostBytes: number): Promise<FileHandle> {
  const file = await open(path, asItIs).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ELOOP" ? notAFile(path) : error;
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw notAFile(path);
    if (status.size > mostBytes)
      throw new ReelwayError("output_invalid", `${basename(path)} has ${status.size} bytes, the limit is ${mostBytes}`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The same as a text, of which no more than `mostBytes` are taken into memory. Throws what openMade throws. */
export async function readMade(path: string, mostBytes: number): Promise<string> {
  return (await readMadeBytes(path, mostBytes)).toString("utf8");
}

/** The same as it is. */
export async function readMadeBytes(path: string, mostBytes: number): Promise<Buffer> {
  const file = await openMade(path, mostBytes);
  try {
    const bytes = Buffer.alloc((await file.stat()).size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function notAFile(path: string): ReelwayError {
  return new ReelwayError("output_invalid", `${basename(path)} is no file`);
}
