import type { JobRequest } from "@reelway/shared/contracts/job";
import { CommandTemplate } from "./media/command-template.ts";
import { FfmpegRecorder } from "./media/ffmpeg-recorder.ts";
import { measureConversions } from "./parts/conversion.ts";
import { type Dispatch, DispatchProbe, measureDispatch } from "./parts/dispatch.ts";
import { JobLoad } from "./parts/job-load.ts";
import { measureLeasing } from "./parts/lease.ts";
import {
  type AcceptFigures,
  acceptSection,
  conversionSection,
  dispatchSection,
  leaseSection,
} from "./report/sections.ts";
import { amounts, type Part } from "./settings.ts";
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

/** Measures the wanted parts one after the other and answers the report's sections. */
export async function runBench(bench: Bench, parts: ReadonlySet<Part>): Promise<string[]> {
  const sections: string[] = [];
  const recorder = await FfmpegRecorder.create(bench.directory, bench.ffmpegPath);
  if (parts.has("dispatch") || parts.has("conversion")) {
    const worker = await bench.reelway.startWorker({ ...bench, ffmpegPath: recorder.path, template: null });
    if (parts.has("dispatch")) sections.push(await dispatchPart(bench, recorder));
    if (parts.has("conversion")) sections.push(await conversionPart(bench, recorder));
    await worker.stop();
  }
  if (parts.has("accept") || parts.has("lease")) {
    const loads = [bench.reelway, bench.baseline].map((side) => (side === null ? null : new JobLoad(side)));
    const [reelway, baseline] = loads;
    if (!reelway || baseline === undefined) throw new Error("there is no Reelway to measure");
    if (parts.has("accept")) sections.push(await acceptPart(bench, reelway, baseline));
    if (parts.has("lease")) sections.push(await leasePart(bench, reelway, baseline));
    for (const load of loads) load?.close();
  }
  return sections;
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
  return dispatchSection(of(reelway), baseline === null ? null : of(baseline));
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

async function acceptPart(bench: Bench, reelway: JobLoad, baseline: JobLoad | null): Promise<string> {
  const measure = async (side: Side, load: JobLoad): Promise<AcceptFigures> => {
    bench.onPart(`jobs accepted and read, ${side.name}`);
    const create = await load.create(amounts.create);
    return { create, read: await load.read(amounts.read) };
  };
  const ours = await measure(bench.reelway, reelway);
  const theirs = bench.baseline && baseline ? await measure(bench.baseline, baseline) : null;
  return acceptSection(ours, theirs);
}

async function leasePart(bench: Bench, reelway: JobLoad, baseline: JobLoad | null): Promise<string> {
  const measure = async (side: Side, load: JobLoad) => {
    bench.onPart(`lease and complete, ${side.name}`);
    await load.fillTo(amounts.queuedJobs);
    return measureLeasing(side, amounts.lease);
  };
  const ours = await measure(bench.reelway, reelway);
  const theirs = bench.baseline && baseline ? await measure(bench.baseline, baseline) : null;

  let native = null;
  if (bench.baseline && baseline) {
    bench.onPart("BullMQ's own worker");
    await baseline.fillTo(baseline.created + amounts.nativeJobs);
    native = await bench.baseline.countNatively({ concurrency: amounts.runners, count: amounts.nativeJobs });
  }
  return leaseSection(ours, theirs, native, amounts.runners);
}
