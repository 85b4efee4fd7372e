import type { Client } from "../../client/client.ts";
import type { Job } from "../../contracts/job.ts";
import { withoutControls } from "../../contracts/text.ts";
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

/** Downloads what was asked for, checks it, and says where it is. */
export async function saveFiles(
  cli: Cli,
  client: Client,
  job: Job,
  destination: Destination,
  overwrite: boolean,
): Promise<SavedFile[]> {
  const { output, signal, partFiles } = cli;
  const { green, dim } = output.err;
  const saved: SavedFile[] = [];
  for (const { output: file, path } of filesFor(job, destination)) {
    const progress = transferProgress(output, "Downloading", file.bytes);
    let received = 0;
    try {
      const onBytes = (bytes: number) => {
        received += bytes;
        progress.update(received);
      };
      await saveOutput({ client, jobId: job.id, output: file, path, overwrite, partFiles, onBytes, signal });
    } finally {
      progress.stop();
    }
    const { name, role, bytes, md5, sha256 } = file;
    saved.push({ path, name, role, bytes, md5, sha256 });
    output.note(
      `${green("✓")} Saved       ${withoutControls(path)} ${dim(`${formatBytes(bytes)} · size, md5 and sha256 match`)}`,
    );
  }
  if (job.kind === "stream" && destination.kind === "folder") {
    const { files, bytes } = await saveSegments(cli, client, job, destination.path);
    output.note(
      `${green("✓")} Saved       ${files} segments ${dim(`${formatBytes(bytes)} · play ${withoutControls(destination.path)}/main.m3u8`)}`,
    );
  }
  return saved;
}
