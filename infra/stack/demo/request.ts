import { existsSync, realpathSync, statSync } from "node:fs";
import { join, parse, resolve } from "node:path";
import type { Preset } from "@reelway/shared/contracts/preset";
import { resultExtension } from "@reelway/shared/jobs/result-extension";
import { findPreset, presets } from "@reelway/shared/presets/catalogue";
import { checkout } from "../paths.ts";
import { StackFailure } from "../stack-failure.ts";

const DEFAULT_PRESET = "mp4-h264";

/** What `make demo` is asked for. */
export interface DemoRequest {
  /** The user's own file, or undefined for a sample. */
  readonly video: string | undefined;
  readonly preset: string;
  /** Where the result goes; what is there is replaced. */
  readonly out: string;
}

/** Reads VIDEO, PRESET and OUT. Throws StackFailure before anything is started. */
export function readDemoRequest(environment: NodeJS.ProcessEnv): DemoRequest {
  const video = environment.VIDEO ? resolve(environment.VIDEO) : undefined;
  if (video !== undefined && !statSync(video, { throwIfNoEntry: false })?.isFile())
    throw new StackFailure(`VIDEO=${environment.VIDEO} is no file.`);
  const preset = findPreset(environment.PRESET || DEFAULT_PRESET);
  if (!preset)
    throw new StackFailure(
      `There is no preset ${environment.PRESET}. PRESET can be ${presets.map(({ name }) => name).join(", ")}.`,
    );
  const name = `${video ? parse(video).name : "sample"}-${preset.name}${extensionOf(preset.spec)}`;
  const out = outPath(environment.OUT ? resolve(environment.OUT) : join(checkout, ".reelway", "demo"), name);
  if (video !== undefined && existsSync(out) && realpathSync(out) === realpathSync(video))
    throw new StackFailure("OUT is the file that VIDEO names: it would be lost.");
  return { video, preset: preset.name, out };
}

/** With its dot; empty for a folder. */
function extensionOf(spec: Preset["spec"]): string {
  const extension = resultExtension(spec);
  return extension === null ? "" : `.${extension}`;
}

function outPath(wanted: string, name: string): string {
  const isFolder =
    wanted === join(checkout, ".reelway", "demo") || statSync(wanted, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? join(wanted, name) : wanted;
}
