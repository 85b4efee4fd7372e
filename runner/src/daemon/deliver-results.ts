import type { DeliveryReport, ExecutionReport, Manifest, OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Logger } from "pino";
import type { z } from "zod";
import type { KindResult, ProducedFile } from "../kinds/kind.ts";
import { deliverToBucket } from "../storage/s3-delivery.ts";
import { tenantAgent } from "../storage/tenant-agent.ts";
import { uploadOutputs } from "../storage/upload.ts";
import { inSpan } from "../telemetry/spans.ts";
import type { Lease } from "./lease.ts";
import { reportCompletion } from "./report-end.ts";
import { storageStallMs, type TaskContext } from "./task-context.ts";
import type { TaskProgress } from "./task-progress.ts";

/** What is known of a run before its results are up. */
type Execution = Omit<z.infer<typeof ExecutionReport>, "uploadMs">;

/** What a task has made, on its way to the bucket. */
interface Results {
  readonly lease: Lease;
  readonly result: KindResult;
  readonly outputDirectory: string;
  readonly execution: Execution;
  readonly progress: TaskProgress;
  readonly log: Logger;
}

/**
 * Uploads the results and completes the task with their manifest. Files that the bucket turns out not to hold as they
 * were sent are uploaded once more, under fresh grants.
 * @throws ReelwayError upload_failed, output_invalid, manifest_mismatch, lease_lost; the signal's reason.
 */
export async function deliverResults(results: Results, context: TaskContext): Promise<void> {
  const { result, progress, log } = results;
  const startedAt = context.pacing.now();
  progress.update("uploading", 0);
  const outputs = await upload(results, result.files, context);
  const delivery = await deliverToTenant(results, outputs, context);
  progress.update("finalizing", 0);
  try {
    await complete(results, outputs, delivery, startedAt, context);
  } catch (error) {
    const missing = filesNamedIn(error, result.files);
    if (missing.length === 0) throw error;
    log.warn({ files: missing.map(({ name }) => name) }, "the bucket holds other files than were sent; sending again");
    const again = new Map((await upload(results, missing, context)).map((output) => [output.name, output]));
    await complete(
      results,
      outputs.map((output) => again.get(output.name) ?? output),
      delivery,
      startedAt,
      context,
    );
  }
}

async function upload(
  { lease, outputDirectory, progress, log }: Results,
  files: readonly ProducedFile[],
  { config, pacing, metrics }: TaskContext,
): Promise<OutputFile[]> {
  const outputs = await inSpan("upload", { "reelway.files": files.length }, () =>
    uploadOutputs(files, {
      lease: lease.client,
      outputDirectory,
      multipartThresholdBytes: config.multipartThresholdBytes,
      spoolMs: config.spoolMs,
      onProgress: (sent, total) => progress.update("uploading", (sent / Math.max(1, total)) * 100),
      signal: lease.signal,
      stallMs: storageStallMs,
      pacing,
      log,
    }),
  );
  const bytes = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
  metrics.uploadedBytes.inc(bytes);
  log.info({ files: outputs.length, bytes }, "outputs uploaded");
  return outputs;
}

/** What only the other tasks of a stream read. */
const ownRoles: ReadonlySet<string> = new Set(["plan", "index"]);

/** Puts the results into the tenant's own bucket too, where the job asks for it: before it is complete. */
async function deliverToTenant(
  { lease, result, progress, log }: Results,
  uploaded: readonly OutputFile[],
  { config }: TaskContext,
): Promise<DeliveryReport | undefined> {
  const { destination: grant } = lease.task;
  const isTheirs = ({ role }: Pick<OutputFile, "role">) => !ownRoles.has(role);
  const [files, outputs] = [result.files.filter(isTheirs), uploaded.filter(isTheirs)];
  if (grant === undefined || files.length === 0) return undefined;
  const totalBytes = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const { urlPolicy: policy } = config;
  const agent = tenantAgent(policy, storageStallMs);
  try {
    const delivery = await inSpan("deliver", { "reelway.files": outputs.length, "reelway.bytes": totalBytes }, () =>
      deliverToBucket(files, outputs, {
        grant,
        access: { agent, policy },
        onBytes: (sent) => progress.update("uploading", (sent / Math.max(1, totalBytes)) * 100),
        signal: lease.signal,
      }),
    );
    log.info({ files: delivery.files, bytes: delivery.bytes }, "outputs delivered");
    return delivery;
  } finally {
    await agent.destroy();
  }
}

async function complete(
  { lease, result, execution, log }: Results,
  outputs: OutputFile[],
  delivery: DeliveryReport | undefined,
  startedAt: number,
  { config, pacing }: TaskContext,
): Promise<void> {
  const uploadMs = Math.round(pacing.now() - startedAt);
  const manifest: Manifest = {
    outputs,
    ...(result.source === null ? {} : { source: result.source }),
    execution: { ...execution, uploadMs },
    ...(delivery === undefined ? {} : { delivery }),
    ...(result.report === undefined ? {} : { report: result.report }),
    ...(result.factors === undefined ? {} : { factors: result.factors }),
    ...(result.quality === undefined ? {} : { quality: result.quality }),
  };
  await inSpan("complete", {}, () => reportCompletion(lease, manifest, pacing, config.spoolMs, log));
  log.info("task completed");
}

/** The files that a manifest_mismatch names by their place in the manifest; none for any other error. */
function filesNamedIn(error: unknown, files: readonly ProducedFile[]): ProducedFile[] {
  if (!(error instanceof ReelwayError) || error.code !== "manifest_mismatch") return [];
  const places = new Set(error.errors.map(({ path }) => Number(/^manifest\.outputs\.(\d+)/.exec(path)?.[1])));
  return files.filter((_file, index) => places.has(index));
}
