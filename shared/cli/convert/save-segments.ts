import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "../../client/client.ts";
import type { Job } from "../../contracts/job.ts";
import { OutputName } from "../../contracts/manifest.ts";
import { ReelwayError } from "../../errors/reelway-error.ts";
import type { Cli } from "../cli.ts";
import { renderProgress } from "../terminal/progress-bar.ts";

const filesAtOnce = 6;

/**
 * Brings the segments of a stream to where its playlists have been saved, as these name them: the folder then plays from
 * disk, and from any web server. Throws storage_unavailable where a file is not all there.
 */
export async function saveSegments(
  cli: Cli,
  client: Client,
  job: Job,
  folder: string,
): Promise<{ files: number; bytes: number }> {
  const { hls } = await client.jobs.playback(job.id, {}, cli.signal);
  const names = await namedIn(job, folder);
  const { live, err } = cli.output;
  const left = [...names];
  let bytes = 0;
  let done = 0;
  live.show((columns, tick) =>
    renderProgress(
      { label: "Downloading", fraction: done / names.length, figures: [`${done} of ${names.length} segments`] },
      columns,
      tick,
      err,
    ),
  );
  const work = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      bytes += await saveOne(cli, new URL(name, hls), join(folder, ...name.split("/")));
      done += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: filesAtOnce }, work));
  } finally {
    live.stop();
  }
  return { files: names.length, bytes };
}

/** What the saved playlists list: segments, and what EXT-X-MAP names (RFC 8216 §4.3.2.5). Only names of our own form. */
async function namedIn(job: Job, folder: string): Promise<string[]> {
  const names = new Set<string>();
  const playlists = job.outputs.filter(({ name }) => name.endsWith("/playlist.m3u8"));
  for (const { name } of playlists) {
    const lines = (await readFile(join(folder, ...name.split("/")), "utf8")).split("\n");
    const listed = lines.flatMap(
      (line) => /^#EXT-X-MAP:.*URI="([^"]+)"/.exec(line)?.[1] ?? (/^[^#]/.test(line) ? line : []),
    );
    for (const file of listed) names.add(OutputName.parse(`${dirname(name)}/${file.trim()}`));
  }
  const saved = new Set(job.outputs.map(({ name }) => name));
  return [...names].filter((name) => !saved.has(name));
}

async function saveOne({ signal, partFiles }: Cli, url: URL, path: string): Promise<number> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const response = await fetch(url, { signal });
  const promised = Number(response.headers.get("content-length"));
  if (!response.ok || !response.body)
    throw new ReelwayError(
      "storage_unavailable",
      `${url.pathname.split("/").at(-1)} was answered with ${response.status}`,
    );
  partFiles.add(part);
  const file = createWriteStream(part);
  await pipeline(Readable.fromWeb(response.body), file);
  if (file.bytesWritten !== promised)
    throw new ReelwayError("storage_unavailable", `${path} has ${file.bytesWritten} bytes of ${promised}`);
  await rename(part, path);
  partFiles.settled(part);
  return promised;
}
