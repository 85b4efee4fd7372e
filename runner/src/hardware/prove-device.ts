import {
  type Device,
  FilterName,
  type ProvenDevice,
  type ProvenEncoder,
  ProvenFormat,
} from "../ffmpeg/arguments/devices/device.ts";
import { families } from "../ffmpeg/arguments/devices/families.ts";
import type { DeviceEncoder, Recipe, StepWishes } from "../ffmpeg/arguments/devices/family.ts";
import { isKnown } from "../ffmpeg/arguments/devices/known.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { carriesHdr10 } from "./carries-hdr10.ts";
import {
  type Candidate,
  decodingArguments,
  depthIn,
  encodingArguments,
  filterArguments,
  openingArguments,
  testPicture,
} from "./device-arguments.ts";
import { deviceFaultIn, mayPass } from "./device-faults.ts";
import type { DeviceReport, ProofEntry } from "./proof-report.ts";
import { type ProofMeans, type ProofRun, runProof } from "./run-proof.ts";
import { type SampleClips, sampleCodecs } from "./sample-clips.ts";
import { showsOthers, showsTestPictures } from "./test-pictures.ts";

export interface ProveOptions {
  readonly tools: FfmpegTools;
  readonly clips: SampleClips;
  readonly means: ProofMeans;
}

/** A proof under way. */
export interface Trial extends ProveOptions {
  readonly run: (args: readonly string[]) => Promise<ProofRun>;
  /** Keeps in mind whether what failed may pass another time. */
  readonly judge: (attempt: ProofRun) => ProofRun;
}

export interface DeviceProof {
  readonly proven: ProvenDevice;
  readonly report: DeviceReport;
}

/**
 * Finds out what a device can do by having it do it: open, filter, encode and decode a few pictures. One run at a time, as
 * sessions are few; a device that does not even answer is left alone after the first.
 */
export async function proveDevice(device: Device, options: ProveOptions): Promise<DeviceProof> {
  const family = families[device.family];
  const candidate: Candidate = { device, family, vocabulary: options.tools.vocabulary };
  const entries: ProofEntry[] = [];
  let passing = false;
  const judge = (attempt: ProofRun) => {
    passing ||= mayPass(attempt);
    return attempt;
  };
  const run = async (args: readonly string[]) => judge(await runProof(options.tools.ffmpegPath, args, options.means));
  const trial: Trial = { ...options, judge, run };
  const proven: ProvenDevice = { ...device, encoders: [], decoders: [], filters: {}, sessions: null };
  const opening = await trial.run(openingArguments(candidate));
  entries.push(entryOf("open", opening, family.title));
  if (opening.passed) {
    proven.filters = await proveFilters(candidate, trial, entries);
    proven.decoders.push(...(await proveDecoders(candidate, proven, trial, entries)));
    proven.encoders.push(...(await proveEncoders(candidate, trial, entries)));
  }
  const { id, name, driver } = device;
  return { proven, report: { id, name, driver, entries, passing: passing || options.clips.ranShort } };
}

/** Whether a device that failed before does its simplest work again. */
export async function probeDevice(device: ProvenDevice, { tools, means }: Omit<ProveOptions, "clips">) {
  const candidate: Candidate = { device, family: families[device.family], vocabulary: tools.vocabulary };
  const [first] = device.encoders;
  const encoder = candidate.family.encoders.find(({ name }) => name === first?.name);
  const run = (args: readonly string[]) => runProof(tools.ffmpegPath, args, means);
  return first && encoder
    ? encodeAndLook(candidate, encoder, first.variant, { tools, means, run, judge: (attempt) => attempt })
    : run(openingArguments(candidate));
}

/** Encodes small pictures in 8 bits, and looks at what came out: a device may make others and say nothing. */
async function encodeAndLook(
  candidate: Candidate,
  encoder: DeviceEncoder,
  variant: string,
  { tools, means, run, judge }: Pick<Trial, "tools" | "means" | "run" | "judge">,
): Promise<ProofRun> {
  const made = `${candidate.device.id}-${encoder.codec}.nut`;
  const attempt = await run(encodingArguments(candidate, encoder, variant, "8-small", ["-f", "nut", `file:${made}`]));
  if (!attempt.passed) return attempt;
  const shows = await showsTestPictures(tools, means, { made, given: testPicture("8-small") });
  return shows === false ? judge({ passed: false, timedOut: false, log: `${encoder.name}: ${showsOthers}` }) : attempt;
}

async function proveFilters(
  candidate: Candidate,
  trial: Trial,
  entries: ProofEntry[],
): Promise<ProvenDevice["filters"]> {
  const proven: ProvenDevice["filters"] = {};
  for (const name of FilterName.options) {
    const passed = await firstFilter(candidate, name, trial, entries);
    if (passed !== null) proven[name] = passed;
  }
  return proven;
}

async function firstFilter<Name extends FilterName>(
  candidate: Candidate,
  name: Name,
  trial: Trial,
  entries: ProofEntry[],
): Promise<string | null> {
  const recipes: readonly Recipe<StepWishes[Name]>[] = candidate.family.filters[name];
  const known = recipes.filter((recipe) => isKnown(recipe, candidate.vocabulary));
  const clip = name === "toneMap" && known.length > 0 ? await trial.clips.hdr10() : null;
  if (name === "toneMap" && clip === null) return null;
  for (const recipe of known) {
    const attempt = await trial.run(filterArguments(candidate, name, recipe, clip));
    entries.push(entryOf(name, attempt, recipe.name));
    if (attempt.passed) return recipe.name;
  }
  if (known.length === 0 && recipes.length > 0)
    entries.push({ subject: name, outcome: "absent", detail: "not in this ffmpeg; done in memory", fix: null });
  return null;
}

async function proveDecoders(
  candidate: Candidate,
  { filters }: ProvenDevice,
  trial: Trial,
  entries: ProofEntry[],
): Promise<ProvenDevice["decoders"]> {
  if (candidate.family.decode === null) return [];
  const scale = candidate.family.filters.scale.find(({ name }) => name === filters.scale) ?? null;
  const proven: ProvenDevice["decoders"] = [];
  for (const codec of sampleCodecs) {
    const tried = await eachFormat(async (format) => {
      const clip = await trial.clips.clip(codec, format);
      return clip === null ? null : trial.run(decodingArguments(candidate, clip, depthIn(format), scale));
    });
    if (tried.formats.length > 0) proven.push({ codec, formats: tried.formats });
    entries.push(summaryOf(`decode ${codec}`, tried));
  }
  return proven;
}

async function proveEncoders(candidate: Candidate, trial: Trial, entries: ProofEntry[]): Promise<ProvenEncoder[]> {
  const proven: ProvenEncoder[] = [];
  for (const encoder of candidate.family.encoders) {
    const subject = `encode ${encoder.name}`;
    if (!trial.tools.knows("encoder", encoder.name)) {
      const fix = "Use an ffmpeg that is built with it (FFMPEG_PATH).";
      entries.push({ subject, outcome: "absent", detail: "not in this ffmpeg", fix });
      continue;
    }
    const made = await proveEncoder(candidate, encoder, trial);
    entries.push(made.entry);
    if (made.proven !== null) proven.push(made.proven);
  }
  return proven;
}

async function proveEncoder(candidate: Candidate, encoder: DeviceEncoder, trial: Trial) {
  const subject = `encode ${encoder.name}`;
  const attempt = (variant: string, format: ProvenFormat) =>
    trial.run(encodingArguments(candidate, encoder, variant, format));
  let first: ProofRun | null = null;
  for (const variant of encoder.variants) {
    const small = await encodeAndLook(candidate, encoder, variant, trial);
    first ??= small;
    if (!small.passed) continue;
    const tried = await eachFormat(async (format) => {
      if (format === "8-small") return small;
      return encoder.depths.includes(depthIn(format)) ? attempt(variant, format) : null;
    });
    const hdr10 = tried.formats.includes("10-small") && (await carriesHdr10(candidate, encoder, variant, trial));
    const { detail, ...rest } = summaryOf(subject, tried);
    const entry = { ...rest, detail: `${detail} (${variant}${hdr10 ? ", HDR10" : ""})` };
    return { proven: { name: encoder.name, variant, formats: tried.formats, hdr10 }, entry };
  }
  return { proven: null, entry: entryOf(subject, first ?? { passed: false, timedOut: false, log: "" }, "") };
}

interface Tried {
  readonly formats: ProvenFormat[];
  /** The first that failed. */
  readonly failure: { readonly format: ProvenFormat; readonly log: string } | null;
}

/** Tries the formats in their order; 4K only where the small one passed. Null is not to be tried. */
async function eachFormat(attempt: (format: ProvenFormat) => Promise<ProofRun | null>): Promise<Tried> {
  const formats: ProvenFormat[] = [];
  let failure: Tried["failure"] = null;
  for (const format of ProvenFormat.options) {
    const small = ProvenFormat.parse(`${depthIn(format)}-small`);
    if (format !== small && !formats.includes(small)) continue;
    const tried = await attempt(format);
    if (tried?.passed) formats.push(format);
    else if (tried !== null) failure ??= { format, log: tried.log };
  }
  return { formats, failure };
}

function summaryOf(subject: string, { formats, failure }: Tried): ProofEntry {
  if (formats.length === 0 && failure !== null)
    return entryOf(subject, { passed: false, timedOut: false, log: failure.log }, "");
  if (formats.length === 0)
    return { subject, outcome: "absent", detail: "no software here makes a clip to try it with", fix: null };
  const missing = failure === null ? "" : `; not ${failure.format}: ${faultOf(failure.log).reason}`;
  return { subject, outcome: "proved", detail: `${formats.join(" ")}${missing}`, fix: null };
}

function entryOf(subject: string, { passed, log }: ProofRun, detail: string): ProofEntry {
  if (passed) return { subject, outcome: "proved", detail, fix: null };
  const { reason, fix } = faultOf(log);
  return { subject, outcome: "failed", detail: reason, fix };
}

function faultOf(log: string): { readonly reason: string; readonly fix: string | null } {
  const fault = deviceFaultIn(log);
  if (fault !== null) return fault;
  const line = log.split("\n").find((text) => text.trim() !== "") ?? "nothing came out";
  return { reason: line.slice(0, 200), fix: null };
}
