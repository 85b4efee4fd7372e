import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Client, createClient } from "@reelway/shared/client/client";
import type { Job, JobRequest, JobStatus } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { fileSource } from "../support/file-source.ts";

const downloads = folderOfFile("e2e-downloads");

/** Uploads a file and asks for a job on it. */
export async function submit(client: Client, path: string, request: Omit<JobRequest, "assetId">): Promise<Job> {
  const asset = await client.assets.upload(await fileSource(path));
  return client.jobs.create({ assetId: asset.id, ...request });
}

/** Waits for a job's end and reads it. */
export async function ended(client: Client, jobId: string): Promise<Job> {
  for await (const status of client.jobs.watch(jobId)) if (isTerminal(status.state)) break;
  return client.jobs.get(jobId);
}

/** Waits until a job's live status is as wanted; fails when it ends otherwise. */
export async function reached(
  client: Client,
  jobId: string,
  wanted: (status: JobStatus) => boolean,
): Promise<JobStatus> {
  for await (const status of client.jobs.watch(jobId)) if (wanted(status)) return status;
  const { state, error } = await client.jobs.get(jobId);
  throw new Error(`job ended ${state} before it got there: ${error?.code ?? ""} ${error?.message ?? ""}`);
}

/** Five to ten seconds of work on one thread with `longClip`: time enough for things to happen in the middle of it. */
export const slowJob = {
  spec: {
    kind: "transcode",
    container: "mp4",
    video: { codec: "h265", speed: "fast" },
    trim: { startSeconds: 0, durationSeconds: 5 },
  },
} as const;
/** The settings of a runner that takes so long for it. */
export const oneThread = { CONCURRENCY: "1", FFMPEG_THREADS: "1" };
/** What its output must have, as ffprobe says it. */
export const slowJobFrames = "150";

/** ffmpeg is at work on it, and has said so. */
export const encoding = (status: JobStatus): boolean => status.stage === "processing" && status.percent > 12;

/** Uploads, converts and waits; fails with the job's own reason when it does not succeed. */
export async function convert(client: Client, path: string, request: Omit<JobRequest, "assetId">): Promise<Job> {
  const job = await ended(client, (await submit(client, path, request)).id);
  if (job.state !== "succeeded") throw new Error(`${job.state}: ${JSON.stringify(job.error)}`);
  return job;
}

/** Downloads an output (the first one by default) into a temporary file, as a client does: a connection that broke is taken up again. */
export async function fetchOutput(
  { url, key }: { url: string; key: string },
  job: Job,
  name = job.outputs[0]?.name ?? "output",
): Promise<string> {
  const { stream } = await createClient({ url, key }).jobs.download(job.id, { name });
  const path = join(downloads, `${job.id}-${name}`.replaceAll("/", "-"));
  await pipeline(Readable.fromWeb(stream), createWriteStream(path));
  return path;
}
