import type { OutputLink } from "@reelway/shared/contracts/job";
import type { OutputFile, OutputRole } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";
import { qualityOf } from "@reelway/shared/streams/downloads";
import type { Settings } from "../settings.ts";
import { presign } from "../storage/presign.ts";
import type { JobRow } from "../store/rows.ts";

/** An output and where it lies. */
export interface StoredOutput {
  readonly file: OutputFile;
  readonly key: string;
}

/** What someone means who asks for the result, most wanted first. */
const mainRoles: readonly OutputRole[] = ["video", "audio", "poster", "sprite", "storyboard", "metadata"];

/** The outputs of a succeeded job. Throws `job_not_finished`, or `output_not_found` where there will be none, `output_expired`. */
export function outputsOf(job: JobRow): StoredOutput[] {
  if (!isTerminal(job.state)) throw new ReelwayError("job_not_finished", `The job is ${job.state}`);
  const { manifest } = job;
  if (job.state !== "succeeded" || !manifest) throw new ReelwayError("output_not_found", `The job is ${job.state}`);
  if (job.outputsErasedAt !== null) throw new ReelwayError("output_expired");
  return manifest.outputs.map((file) => ({ file, key: `${file.prefix ?? manifest.prefix}${file.name}` }));
}

/**
 * The output with this name, or the video of this quality; without both the job's main output. Throws `output_not_found`,
 * `no_single_file` where the job made a stream instead.
 */
export function outputNamed(
  job: JobRow,
  { name, quality }: { readonly name?: string | undefined; readonly quality?: string | undefined },
): StoredOutput {
  const outputs = outputsOf(job);
  if (name !== undefined) {
    const named = outputs.find(({ file }) => file.name === name);
    if (!named) throw new ReelwayError("output_not_found");
    return named;
  }
  const playable = quality === undefined ? outputs : outputs.filter(({ file }) => qualityOf(file) === quality);
  const found = mainOutput(playable);
  if (job.kind === "stream" && !isMedia(found)) throw noSingleFile(outputs);
  if (!found) throw new ReelwayError("output_not_found");
  return found;
}

/** Says which there are, where there are others. */
function noSingleFile(outputs: readonly StoredOutput[]): ReelwayError {
  const names = outputs.flatMap(({ file }) => qualityOf(file) ?? []);
  return new ReelwayError("no_single_file", names.length === 0 ? undefined : `There are files of: ${names.join(", ")}`);
}

function isMedia(output: StoredOutput | undefined): boolean {
  return output?.file.role === "video" || output?.file.role === "audio";
}

/** The first output of this role. Throws `output_not_found`. */
export function outputOfRole(job: JobRow, role: OutputRole): StoredOutput {
  const found = outputsOf(job).find(({ file }) => file.role === role);
  if (!found) throw new ReelwayError("output_not_found", `The job made no ${role}`);
  return found;
}

export function mainOutput(outputs: readonly StoredOutput[]): StoredOutput | undefined {
  return mainRoles.map((role) => outputs.find(({ file }) => file.role === role)).find((output) => output !== undefined);
}

/** Presigned GETs, straight from the bucket. */
export function outputLinks(settings: Settings, job: JobRow): Promise<OutputLink[]> {
  const links = outputsOf(job).map(async ({ file, key }) => {
    const { name, role, bytes, contentType } = file;
    const expiresInMs = limits.downloadGrantMs;
    const { url, expiresAt } = await presign(settings, { method: "GET", region: job.region, key, expiresInMs });
    return { name, role, bytes, contentType, url, expiresAt };
  });
  return Promise.all(links);
}
