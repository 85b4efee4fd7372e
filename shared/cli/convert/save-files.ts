import { join } from "node:path";
import type { Client } from "../../client/client.ts";
import type { Job } from "../../contracts/job.ts";
import { withoutControls } from "../../contracts/text.ts";
import { counted } from "../../counted.ts";
import type { Cli } from "../cli.ts";
import { saveOutput } from "../files/save-output.ts";
import { formatBytes } from "../terminal/units.ts";
import { type Destination, filesFor } from "./destination.ts";
import { saveSegments } from "./save-segments.ts";
import { transferProgress } from "./transfer-progress.ts";

export interface SavedFile {
  path: string;
  name: string;
  role: string;
  bytes: number;
  md5: string;
  sha256: string;
}

/** What a conversion or a download left on this disk. */
export interface Saved {
  files: readonly SavedFile[];
  /** Of all of it, a stream's segments included. */
  bytes: number;
  /** What to name to whoever asks where it is: a stream's main playlist stands for its many files. */
  paths: readonly string[];
}

/** Downloads what was asked for, checks it, and says where it is. */
export async function saveFiles(
  cli: Cli,
  client: Client,
  job: Job,
  destination: Destination,
  overwrite: boolean,
): Promise<Saved> {
  const files = await saveOutputs(cli, client, job, destination, overwrite);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (job.kind !== "stream" || destination.kind !== "folder") {
    saySaved(cli, destination.path, `${countOf(files, destination)}${formatBytes(bytes)} · size, md5 and sha256 match`);
    return { files, bytes, paths: files.map(({ path }) => path) };
  }
  const segments = await saveSegments(cli, client, job, destination.path);
  const all = bytes + segments.bytes;
  saySaved(cli, destination.path, `${files.length} files and ${segments.files} segments · ${formatBytes(all)}`);
  return { files, bytes: all, paths: [join(destination.path, "main.m3u8")] };
}

const countOf = (files: readonly SavedFile[], { kind }: Destination) =>
  kind === "folder" ? `${counted(files.length, "file")} · ` : "";

function saySaved({ output }: Cli, path: string, figures: string): void {
  const { green, dim } = output.err;
  output.note(`${green("✓")} Saved       ${withoutControls(path)} ${dim(figures)}`);
}

async function saveOutputs(
  { output, signal, partFiles }: Cli,
  client: Client,
  job: Job,
  destination: Destination,
  overwrite: boolean,
): Promise<SavedFile[]> {
  const wanted = filesFor(job, destination);
  const total = wanted.reduce((sum, { output: { bytes } }) => sum + bytes, 0);
  const progress = transferProgress(output, "Downloading", total);
  let received = 0;
  const onBytes = (bytes: number) => {
    received += bytes;
    progress.update(received);
  };
  try {
    const saved: SavedFile[] = [];
    for (const { output: file, path } of wanted) {
      await saveOutput({ client, jobId: job.id, output: file, path, overwrite, partFiles, onBytes, signal });
      const { name, role, bytes, md5, sha256 } = file;
      saved.push({ path, name, role, bytes, md5, sha256 });
    }
    return saved;
  } finally {
    progress.stop();
  }
}
