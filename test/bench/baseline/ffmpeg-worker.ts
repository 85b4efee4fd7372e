import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { CommandTemplate } from "../media/command-template.ts";
import { readConfiguration, wanted } from "./configuration.ts";
import { queueName } from "./queue-name.ts";

/** BullMQ's own worker, in a process of its own: takes a job, fetches its source, probes it and runs ffmpeg. */
const { redisSocket } = readConfiguration(process.env);
const serverUrl = wanted(process.env, "BASELINE_URL");
const scratch = wanted(process.env, "BASELINE_SCRATCH");
const ffmpeg = wanted(process.env, "FFMPEG_PATH");
const ffprobe = wanted(process.env, "FFPROBE_PATH");
const template = CommandTemplate.fromJson(wanted(process.env, "BASELINE_FFMPEG_ARGUMENTS"));

const connection = new Redis({ path: redisSocket, maxRetriesPerRequest: null });
const worker = new Worker(
  queueName,
  async (job) => {
    const directory = await mkdtemp(join(scratch, "task-"));
    try {
      const source = join(directory, "source");
      const output = join(directory, "output.mp4");
      await download(`${serverUrl}/files/${job.data.assetId}`, source);
      await run(ffprobe, ["-v", "error", "-of", "json", "-show_format", "-show_streams", source]);
      await run(ffmpeg, template.fill({ source, output }));
      return { outputs: [] };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  { connection, concurrency: 1 },
);
await worker.waitUntilReady();
process.stdout.write(`${JSON.stringify({ event: "ready" })}\n`);

process.once("SIGTERM", async () => {
  await worker.close();
  connection.disconnect();
});

async function download(url: string, path: string): Promise<void> {
  const answer = await fetch(url);
  if (!answer.ok || answer.body === null) throw new ReelwayError("download_failed", `${url} answered ${answer.status}`);
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(path));
}

async function run(command: string, argv: readonly string[]): Promise<void> {
  // Descriptors above 2 are where ffmpeg is told to write its progress.
  const child = spawn(command, argv, { stdio: ["ignore", "ignore", "ignore", "ignore", "ignore"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new ReelwayError("encode_failed", `${command} ended with ${String(code)}`);
}
