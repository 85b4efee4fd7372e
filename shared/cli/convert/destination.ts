import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, extname, join, parse } from "node:path";
import type { Job } from "../../contracts/job.ts";
import type { JobSpec } from "../../contracts/job-spec.ts";
import { ReelwayError } from "../../errors/reelway-error.ts";
import { resultExtension } from "../../jobs/result-extension.ts";
import { qualityOf } from "../../streams/downloads.ts";
import { UsageError } from "../failures.ts";
import { existsError } from "../files/save-output.ts";

/** Where results go: one file, or all outputs of the job below a folder. */
export type Destination = { kind: "file"; path: string; output?: OutputFile } | { kind: "folder"; path: string };

interface Wish {
  /** The source's path, or its name where there is no local file. */
  source: string;
  /** The preset's name or the spec's kind: it becomes part of the default name. */
  label: string;
  spec: JobSpec;
  out: string | undefined;
  allOutputs: string | undefined;
}

/** `holiday.mov` by mp4-h264 becomes `holiday-mp4-h264.mp4` beside it; thumbnails and streams become a folder. */
export function destinationOf({ source, label, spec, out, allOutputs }: Wish): Destination {
  if (out !== undefined && allOutputs !== undefined) throw new UsageError("Give -o or --all-outputs, one of them");
  if (allOutputs !== undefined) return { kind: "folder", path: allOutputs };

  const { dir, name } = parse(source);
  const stem = `${name}-${label}`;
  const outIsFolder = out !== undefined && existsSync(out) && statSync(out).isDirectory();
  const extension = resultExtension(spec);
  if (extension === null) return { kind: "folder", path: out ?? join(dir, stem) };
  if (out !== undefined && !outIsFolder) return { kind: "file", path: out };
  return { kind: "file", path: join(out ?? dir, `${stem}.${extension}`) };
}

/**
 * Refuses before anything is uploaded what could not be saved in the end.
 * @throws UsageError
 */
export function checkDestination({ kind, path }: Destination, overwrite: boolean): void {
  if (kind === "file" && existsSync(path) && !overwrite) throw existsError(path);
  const folder = nearestExisting(kind === "file" ? dirname(path) : path);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(`Can't write to ${folder}`, { remedy: "Choose another place with -o." });
  }
  if (!statSync(folder).isDirectory()) throw new UsageError(`${folder} is not a folder`);
}

function nearestExisting(folder: string): string {
  const above = dirname(folder);
  return existsSync(folder) || above === folder ? folder : nearestExisting(above);
}

type OutputFile = Job["outputs"][number];

/**
 * The video of a quality, such as `720p`, as one file: `job_…-720p.mp4` unless it is told otherwise.
 * @throws ReelwayError no_single_file, which says which there are.
 */
export function destinationOfQuality(job: Job, quality: string, out: string | undefined): Destination {
  const output = job.outputs.find((one) => qualityOf(one) === quality);
  if (output === undefined) {
    const others = job.outputs.flatMap((one) => qualityOf(one) ?? []);
    const detail = others.length > 0 ? `There are files of: ${others.join(", ")}` : undefined;
    throw new ReelwayError("no_single_file", detail);
  }
  const isFolder = out !== undefined && existsSync(out) && statSync(out).isDirectory();
  const path = out === undefined || isFolder ? join(out ?? "", `${job.id}-${quality}${extname(output.name)}`) : out;
  return { kind: "file", path, output };
}

/** The outputs to save, each with its path. */
export function filesFor(job: Job, destination: Destination): { output: OutputFile; path: string }[] {
  if (destination.kind === "folder")
    return job.outputs.map((output) => ({ output, path: join(destination.path, ...output.name.split("/")) }));
  const output = destination.output ?? mainOutput(job);
  return output === undefined ? [] : [{ output, path: destination.path }];
}

/** The one that the job was for: the picture, else the sound, else whatever there is. */
export function mainOutput({ outputs }: Job): OutputFile | undefined {
  const byRole = (role: OutputFile["role"]) => outputs.find((output) => output.role === role);
  return byRole("video") ?? byRole("audio") ?? byRole("metadata") ?? outputs[0];
}

/** A remark where the name promises another format than the job makes. */
export function extensionMismatch({ kind, path }: Destination, spec: JobSpec): string | undefined {
  const extension = extname(path).slice(1).toLowerCase();
  if (kind === "folder" || spec.kind !== "transcode" || extension === "" || extension === spec.container)
    return undefined;
  return `${path} will hold ${spec.container}, whatever its name says.`;
}
