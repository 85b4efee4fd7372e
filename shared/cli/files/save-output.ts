import { createHash } from "node:crypto";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Client } from "../../client/client.ts";
import type { Job } from "../../contracts/job.ts";
import { ReelwayError } from "../../errors/reelway-error.ts";
import { UsageError } from "../failures.ts";
import type { PartFiles } from "./part-files.ts";

export interface SaveOptions {
  client: Client;
  jobId: string;
  output: Job["outputs"][number];
  /** Where the file goes; its folder is made when it is missing. */
  path: string;
  overwrite: boolean;
  partFiles: PartFiles;
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
}

/**
 * Downloads one output to `PATH.part`, compares size, MD5 and SHA-256 with what the job says, and only then gives it its
 * name: whoever sees the file sees all of it.
 * @throws UsageError when the file exists; ReelwayError storage_unavailable when the bytes are not the job's.
 */
export async function saveOutput(options: SaveOptions): Promise<void> {
  const { path, partFiles } = options;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  // A part file of a killed run, or a link that somebody left there, is replaced and never written through.
  await rm(part, { force: true });
  const file = await open(part, "wx");
  partFiles.add(part);
  try {
    try {
      await downloadInto(file, options);
    } finally {
      await file.close();
    }
    await (options.overwrite ? rename(part, path) : renameIfFree(part, path));
  } finally {
    await rm(part, { force: true });
    partFiles.settled(part);
  }
}

async function downloadInto(file: Awaited<ReturnType<typeof open>>, options: SaveOptions): Promise<void> {
  const { client, jobId, output, onBytes, signal } = options;
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  let bytes = 0;
  const { stream } = await client.jobs.download(jobId, { name: output.name, signal });
  for await (const chunk of stream) {
    md5.update(chunk);
    sha256.update(chunk);
    await file.writeFile(chunk);
    bytes += chunk.byteLength;
    onBytes(chunk.byteLength);
  }
  const wrong =
    bytes !== output.bytes
      ? `${bytes} bytes, the job says ${output.bytes}`
      : md5.digest("hex") !== output.md5
        ? "an MD5 that is not the job's"
        : sha256.digest("hex") !== output.sha256
          ? "a SHA-256 that is not the job's"
          : undefined;
  if (wrong !== undefined)
    throw new ReelwayError("storage_unavailable", `The download of ${output.name} has ${wrong}.`);
}

/** Like rename, but a file that came up meanwhile is not replaced. */
async function renameIfFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") throw existsError(to);
    // Some file systems have no hard links.
    await rename(from, to);
  }
}

export function existsError(path: string): UsageError {
  return new UsageError(`${path} exists already`, {
    remedy: "Choose another name with -o, or replace it with --force.",
  });
}
