import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openSource } from "@reelway/shared/cli/files/source-file";
import type { JobRequest } from "@reelway/shared/contracts/job";
import { CommandTemplate } from "../media/command-template.ts";
import type { FfmpegRecorder } from "../media/ffmpeg-recorder.ts";
import type { ReelwaySide } from "../sides/reelway-side.ts";

/** One conversion by Reelway, and the same ffmpeg command on the same file by itself. Milliseconds. */
export interface ConversionPair {
  /** From the runner's lease to the accepted completion, by the control plane's clock. */
  readonly leasedMs: number;
  /** What the runner says of it. */
  readonly downloadMs: number;
  readonly processMs: number;
  readonly uploadMs: number;
  /** From before the upload of the source to the last byte of the downloaded result. */
  readonly journeyMs: number;
  readonly plainMs: number;
}

/** Pairs, so that a machine that gets slower does so for both. */
export async function measureConversions(
  side: ReelwaySide,
  recorder: FfmpegRecorder,
  options: {
    source: string;
    directory: string;
    ffmpegPath: string;
    pairs: number;
    request: Omit<JobRequest, "assetId">;
  },
): Promise<ConversionPair[]> {
  const pairs: ConversionPair[] = [];
  for (let number = 0; number < options.pairs; number++) {
    await recorder.reset();
    const converted = await convert(side, options);
    const { argv } = await recorder.nextEncode(1_000);
    const output = join(options.directory, "plain.mp4");
    const command = CommandTemplate.of(argv).fill({ source: options.source, output });
    pairs.push({ ...converted, plainMs: await runPlain(options.ffmpegPath, command) });
    await rm(output);
  }
  return pairs;
}

async function convert(
  { client }: ReelwaySide,
  { source, directory, request }: { source: string; directory: string; request: Omit<JobRequest, "assetId"> },
): Promise<Omit<ConversionPair, "plainMs">> {
  const startedAt = performance.now();
  const asset = await client.assets.upload(await openSource(source), { region: "enam" });
  const created = await client.jobs.create({ ...request, assetId: asset.id });
  for await (const status of client.jobs.watch(created.id))
    if (status.state === "failed" || status.state === "canceled")
      throw new Error(`the conversion ended ${status.state}: ${status.error?.message}`);
  const job = await client.jobs.get(created.id);
  const result = join(directory, "result.mp4");
  const download = await client.jobs.download(job.id, { name: "video.mp4" });
  await pipeline(download.stream, createWriteStream(result));
  const journeyMs = performance.now() - startedAt;
  await rm(result);
  await client.assets.delete(asset.id);

  const { execution, startedAt: leasedAt, finishedAt } = job;
  if (execution === null || leasedAt === null || finishedAt === null)
    throw new Error("the job does not say when it ran");
  const { downloadMs, processMs, uploadMs } = execution;
  return { leasedMs: finishedAt - leasedAt, downloadMs, processMs, uploadMs, journeyMs };
}

async function runPlain(ffmpeg: string, argv: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(ffmpeg, argv, { stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the plain ffmpeg command ended with ${String(code)}`);
  return performance.now() - startedAt;
}
