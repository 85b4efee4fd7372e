import type { JobRequest } from "@reelway/shared/contracts/job";
import { CommandTemplate } from "./media/command-template.ts";
import { FfmpegRecorder } from "./media/ffmpeg-recorder.ts";
import { measureConversions } from "./parts/conversion.ts";
import { type Dispatch, DispatchProbe, measureDispatch } from "./parts/dispatch.ts";
import { JobLoad } from "./parts/job-load.ts";
import { type LeaseResult, measureLeasing } from "./parts/lease.ts";
import type { Measured } from "./report/comparison.ts";
import {
  type AcceptFigures,
  acceptSection,
  conversionSection,
  dispatchSection,
  leaseSection,
  type NativeFigures,
} from "./report/sections.ts";
import { amounts, type Part, parts as partsInOrder } from "./settings.ts";
import type { BaselineSide } from "./sides/baseline-side.ts";
import type { ReelwaySide } from "./sides/reelway-side.ts";
import type { Side } from "./sides/side.ts";

export interface Bench {
  readonly reelway: ReelwaySide;
  /** Null where there is no redis-server. */
  readonly baseline: BaselineSide | null;
  readonly directory: string;
  readonly minuteClip: string;
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** Told what is being measured. */
  readonly onPart: (what: string) => void;
}

/** H.264 at the fast end: a conversion of a minute stays within half a minute on two cores. */
const conversionRequest: Omit<JobRequest, "assetId"> = {
  spec: { kind: "transcode", container: "mp4", video: { codec: "h264", speed: "fast" }, audio: { codec: "aac" } },
};
/** Only the result itself, so that a job is over quickly and the next can begin. */
const dispatchRequest: Omit<JobRequest, "assetId"> = {
  spec: {
    kind: "transcode",
    container: "mp4",
    video: { codec: "h264", speed: "fast" },
    audio: { codec: "aac" },
    poster: false,
    metadata: false,
  },
};

/** Measures the wanted parts one after the other and answers the report's sections, in the report's order. */
export async function runBench(bench: Bench, parts: ReadonlySet<Part>): Promise<string[]> {
  const sections = new Map<Part, string>();
  const recorder = await FfmpegRecorder.create(bench.directory, bench.ffmpegPath);
  if (parts.has("dispatch") || parts.has("conversion")) {
    const worker = await bench.reelway.startWorker({ ...bench, ffmpegPath: recorder.path, template: null });
    if (parts.has("dispatch")) sections.set("dispatch", await dispatchPart(bench, recorder));
    if (parts.has("conversion")) sections.set("conversion", await conversionPart(bench, recorder));
    await worker.stop();
  }
  if (parts.has("accept")) sections.set("accept", acceptSection(await onEverySide(bench, measureAccepting)));
  if (parts.has("lease")) {
    const measured = await onEverySide(bench, measureFilledQueue);
    sections.set("lease", leaseSection(measured, await nativePart(bench), amounts.runners));
  }
  return partsInOrder.flatMap((part) => sections.get(part) ?? []);
}

async function dispatchPart(bench: Bench, recorder: FfmpegRecorder): Promise<string> {
  bench.onPart("dispatch latency");
  const reelway = new DispatchProbe(bench.reelway, recorder);
  // Reelway's first run shows the command line that the baseline's worker is to run too.
  const { argv } = await reelway.run(dispatchRequest);
  const worker = await bench.baseline?.startWorker({
    ...bench,
    ffmpegPath: recorder.path,
    template: CommandTemplate.of(argv),
  });
  const baseline = bench.baseline === null ? null : new DispatchProbe(bench.baseline, recorder);

  const probes = [reelway, ...(baseline === null ? [] : [baseline])];
  const results = await measureDispatch(probes, dispatchRequest, amounts.dispatch);
  const of = (probe: DispatchProbe): readonly Dispatch[] => results.get(probe) ?? [];
  await worker?.stop();
  for (const probe of probes) probe.close();
  return dispatchSection({ reelway: of(reelway), baseline: baseline === null ? null : of(baseline), synced: null });
}

async function conversionPart(bench: Bench, recorder: FfmpegRecorder): Promise<string> {
  bench.onPart("conversion of 60 s of 1080p");
  const pairs = await measureConversions(bench.reelway, recorder, {
    source: bench.minuteClip,
    directory: bench.directory,
    ffmpegPath: bench.ffmpegPath,
    pairs: amounts.conversionPairs,
    request: conversionRequest,
  });
  return conversionSection(pairs);
}

/** Reelway, then the baseline, then the baseline with its disk synced like Reelway's. */
async function onEverySide<T>(bench: Bench, measure: (bench: Bench, side: Side) => Promise<T>): Promise<Measured<T>> {
  const reelway = await measure(bench, bench.reelway);
  const { baseline } = bench;
  if (baseline === null) return { reelway, baseline: null, synced: null };
  const everySecond = await measure(bench, baseline);
  await baseline.setSync("always");
  const synced = await measure(bench, baseline);
  await baseline.setSync("everysec");
  return { reelway, baseline: everySecond, synced };
}

async function measureAccepting(bench: Bench, side: Side): Promise<AcceptFigures> {
  bench.onPart(`jobs accepted and read, ${side.name}`);
  const load = new JobLoad(side);
  const create = await load.create(amounts.create);
  const read = await load.read(amounts.read);
  load.close();
  return { create, read };
}

async function measureFilledQueue(bench: Bench, side: Side): Promise<LeaseResult> {
  bench.onPart(`lease and complete, ${side.name}`);
  const load = new JobLoad(side);
  await load.fill(amounts.waitingJobs, amounts.fillMs);
  load.close();
  return measureLeasing(side, { ...amounts.lease, waiting: load.created });
}

async function nativePart({ baseline, onPart }: Bench): Promise<NativeFigures | null> {
  if (baseline === null) return null;
  onPart("BullMQ's own worker");
  const load = new JobLoad(baseline);
  await load.fill(amounts.waitingJobs, amounts.fillMs);
  load.close();
  return baseline.countNatively({ concurrency: amounts.runners, count: load.created });
}
