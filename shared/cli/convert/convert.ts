import type { Client } from "../../client/client.ts";
import type { UploadSource } from "../../client/upload-source.ts";
import type { Job, JobStatus } from "../../contracts/job.ts";
import { withoutControls } from "../../contracts/text.ts";
import type { RegionId } from "../../regions.ts";
import type { Cli } from "../cli.ts";
import { JobEndedBadly } from "../failures.ts";
import { formatBytes, formatDuration } from "../terminal/units.ts";
import { type Destination, mainOutput } from "./destination.ts";
import { followJob } from "./follow-job.ts";
import { orderOf, type Recipe, type RecipeOptions } from "./job-request.ts";
import type { NamedSource } from "./named-source.ts";
import { type Saved, saveFiles } from "./save-files.ts";
import { uploadFile } from "./upload-file.ts";

export interface Conversion {
  /** A file to upload, or what needs no upload. */
  source: UploadSource | NamedSource;
  region: RegionId | undefined;
  recipe: Recipe;
  options: RecipeOptions;
  destination: Destination;
  overwrite: boolean;
}

/** The whole journey of one file: up, converted, down, checked. What is begun when it breaks off is cleared away. */
export async function convert(cli: Cli, client: Client, conversion: Conversion): Promise<void> {
  const { output, signal } = cli;
  const startedAt = Date.now();
  const order = orderOf(conversion.recipe, conversion.options);
  const source = await sourceFor(cli, client, conversion);

  // Not aborted half-way: we must know the job's id to cancel it.
  const created = await client.jobs.create({ ...source, ...order }).catch((error: unknown) => {
    if ("assetId" in source) output.note(`The file stays uploaded: reelway convert --asset ${source.assetId}`);
    throw error;
  });
  output.jsonLine({ event: "job", job: created });
  const convertingSince = Date.now();
  const last = await orCancel(cli, client, created.id, () =>
    followJob(client, created.id, output, (status) => output.jsonLine({ event: "status", status }), signal),
  );
  if (last.state !== "succeeded") throw endedBadly(last);

  const job = await client.jobs.get(created.id, signal);
  output.note(convertedLine(cli, job, Date.now() - convertingSince));
  const saved = await orPointToJob(cli, created.id, () =>
    saveFiles(cli, client, job, conversion.destination, conversion.overwrite),
  );
  sayResult(cli, job, saved, Date.now() - startedAt);
}

/** What the job is created with: a file is uploaded first, and what is to lie in a certain region begins to be fetched. */
async function sourceFor(cli: Cli, client: Client, conversion: Conversion): Promise<NamedSource> {
  const { source, region } = conversion;
  if ("slice" in source) return { assetId: await upload(cli, client, conversion, source) };
  if ("assetId" in source || region === undefined) return source;
  const asset = await client.assets.fetch({ ...source, region }, { signal: cli.signal });
  cli.output.jsonLine({ event: "asset", asset });
  return { assetId: asset.id };
}

async function upload(cli: Cli, client: Client, { region }: Conversion, source: UploadSource): Promise<string> {
  const { output, signal } = cli;
  let begun: string | undefined;
  try {
    const asset = await uploadFile(cli, client, source, {
      region,
      onAsset: ({ id }) => {
        begun = id;
      },
    });
    output.jsonLine({ event: "asset", asset });
    return asset.id;
  } catch (error) {
    if (begun !== undefined && signal.aborted) await forget(cli, client, begun);
    else if (begun !== undefined)
      output.note(`The upload can go on where it stopped: reelway upload FILE --resume ${begun}`);
    throw error;
  }
}

async function forget({ output }: Cli, client: Client, assetId: string): Promise<void> {
  const gone = await client.assets.delete(assetId, {}, AbortSignal.timeout(5_000)).then(
    () => true,
    () => false,
  );
  output.note(gone ? "Upload stopped; what was sent is deleted." : "Upload stopped.");
}

/** Ctrl-C while the job runs: nobody waits for it any more, so it is canceled. */
async function orCancel<Result>({ output, signal }: Cli, client: Client, jobId: string, work: () => Promise<Result>) {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) {
      output.note(`The job goes on without us: reelway jobs watch ${jobId}`);
      throw error;
    }
    output.note(`Canceling ${jobId} … (Ctrl-C again leaves at once)`);
    try {
      const { state } = await client.jobs.cancel(jobId, AbortSignal.timeout(10_000));
      output.note(`Canceled ${jobId}.`);
      output.jsonLine({ event: "canceled", jobId, state });
    } catch {
      output.note(`It could not be canceled; it may have ended already: reelway jobs show ${jobId}`);
    }
    throw error;
  }
}

async function orPointToJob<Result>({ output }: Cli, jobId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    output.note(`The result is kept: reelway jobs download ${jobId}`);
    throw error;
  }
}

export function endedBadly(status: JobStatus): JobEndedBadly {
  return new JobEndedBadly(status.id, status.state === "canceled" ? "canceled" : "failed", status.error);
}

function convertedLine({ output }: Cli, job: Job, elapsedMs: number): string {
  const { green, dim } = output.err;
  const media = mainOutput(job)?.media;
  const picture = media?.width && media.height ? `${media.width}×${media.height}` : undefined;
  const codecs = [media?.videoCodec, media?.audioCodec].filter((codec) => codec != null).join(" + ");
  const processMs = job.execution?.processMs;
  const speed =
    media?.durationSeconds && processMs ? `${((media.durationSeconds * 1_000) / processMs).toFixed(1)}× real time` : "";
  const figures = [`in ${formatDuration(elapsedMs)}`, picture, codecs, speed].filter(
    (text) => text !== undefined && text !== "",
  );
  return `${green("✓")} Converted   ${withoutControls(job.preset ?? job.kind)} ${dim(withoutControls(figures.join(" · ")))}`;
}

function sayResult({ output }: Cli, job: Job, { files, bytes, paths }: Saved, elapsedMs: number): void {
  for (const file of files) output.jsonLine({ event: "file", file });
  for (const path of paths) output.line(withoutControls(path));
  output.jsonLine({ event: "done", jobId: job.id, files: files.length, bytes, elapsedMs });
  output.note(output.err.dim(`  ${formatBytes(bytes)} in ${formatDuration(elapsedMs)} · ${job.id}`));
}
