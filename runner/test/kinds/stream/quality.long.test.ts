import type { PartQuality } from "@reelway/shared/contracts/quality";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { TargetQuality } from "@reelway/shared/contracts/target-quality";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { describe, expect, it } from "vitest";
import { tools } from "../../media-tools.ts";
import { joined, similarity } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const ladder = [{ shortSide: 180 }, { shortSide: 144 }];
const quick = { ladder, speed: "fast" } as const;

async function encoded(source: SourceName, video: object = quick) {
  const wish = { video, segmentSeconds: 2, chunkSeconds: 8, qualityReport: true, thumbnails: false };
  const job = await StreamJob.of(await streamSource(source), wish);
  const { plan } = await job.plan();
  await job.encodeAll(plan);
  return { job, plan };
}

async function measured(job: StreamJob, { video, chunks }: StreamPlan): Promise<PartQuality[]> {
  if (video === null) throw new Error("there is no picture");
  const parts = chunks.length > 0 ? chunks : [null];
  const found: PartQuality[] = [];
  for (const chunk of parts) {
    const { quality } = await job.run({ kind: "quality", video, chunk });
    if (!quality) throw new Error("nothing was measured");
    found.push(quality);
  }
  return found;
}

/** All segments of a rendition as one file. */
function whole(job: StreamJob, { chunks }: StreamPlan, id: string): Promise<string> {
  const numbers = chunks.flatMap(({ firstSegment, segments }) => segments.map((_, index) => firstSegment + index));
  return joined(job.directory, [initFile(id), ...numbers.map((number) => segmentFile(id, number))]);
}

describe("a quality report", () => {
  it("says of each chunk and size what plain ffmpeg says of the title", async () => {
    const { job, plan } = await encoded("constant.mp4");
    const found = await measured(job, plan);
    for (const [place, { id, width, height }] of (plan.video?.renditions ?? []).entries()) {
      const own = found.map(({ renditions }) => renditions[place]);
      const pictures = own.map((one) => one?.pictures ?? 0);
      expect(pictures).toEqual(plan.chunks.map((chunk) => chunk.pictures));
      const all = pictures.reduce((sum, count) => sum + count, 0);
      const mean = own.reduce((sum, one) => sum + (one?.ssim.mean ?? 0) * (one?.pictures ?? 0), 0) / all;
      const source = await streamSource("constant.mp4");
      const independent = await similarity(await whole(job, plan, id), source, `${width}x${height}`);
      console.log(`${id}: ssim ${mean.toFixed(5)}, by plain ffmpeg ${independent.toFixed(5)}`);
      // A plain scaler rounds a little differently.
      expect(Math.abs(mean - independent)).toBeLessThan(0.0015);
      for (const one of own) {
        expect(one?.ssim.min).toBeLessThanOrEqual(one?.ssim.low ?? 0);
        expect(one?.ssim.low).toBeLessThanOrEqual(one?.ssim.mean ?? 0);
        expect(one?.psnr.mean).toBeGreaterThan(25);
        expect(one?.vmaf === null).toBe(!tools.provenVmaf);
        if (one?.vmaf) expect(one.vmaf.harmonicMean).toBeLessThanOrEqual(one.vmaf.mean);
      }
    }
    for (const [place, { seconds, renditions }] of found.entries()) {
      const chunk = plan.chunks[place];
      expect(seconds).toEqual([(chunk?.start ?? 0) / 24_000, (chunk?.end ?? 0) / 24_000]);
      for (const { ssim } of renditions) {
        expect(ssim.worstSeconds).toBeGreaterThanOrEqual(seconds[0]);
        expect(ssim.worstSeconds).toBeLessThan(seconds[1]);
      }
    }
  });

  it.each<[SourceName, object?]>([
    ["variable.mp4"],
    ["ntsc-open-gop.mp4"],
    ["hdr10.mp4"],
    ["hdr10.mp4", { ...quick, codec: "h265" }],
    ["many.mkv"],
    ["late-picture.mkv"],
    ["from-ten.ts"],
  ])("counts the pictures of %s off against its renditions (%o)", async (source, video) => {
    const { job, plan } = await encoded(source, video);
    for (const { unmeasured, renditions } of await measured(job, plan)) {
      expect(unmeasured).toBeNull();
      for (const { ssim, vmaf } of renditions) {
        // Against HDR where it is kept, and against the mapped picture where it is not.
        expect(ssim.min, `${source} shifted by one picture would be lower`).toBeGreaterThan(0.9);
        if (vmaf) expect(vmaf.min).toBeGreaterThan(60);
      }
    }
  });

  it("measures what was filled in against what it was filled in with", async () => {
    const wish = { video: quick, segmentSeconds: 2, chunkSeconds: 8, thumbnails: false };
    const job = await StreamJob.of(await streamSource("constant.mp4"), wish);
    const { plan } = await job.plan();
    const source = job.storage.objects.get("source");
    const [from, to] = plan.chunks[1]?.sourceRange ?? [0, 0];
    source?.fill(0xff, from + Math.round((to - from) * 0.3), from + Math.round((to - from) * 0.6));
    await job.encodeAll(plan);
    for (const { unmeasured, renditions } of await measured(job, plan)) {
      expect(unmeasured).toBeNull();
      for (const { ssim } of renditions) expect(ssim.mean).toBeGreaterThan(0.95);
    }
  });
});

describe("a target quality", () => {
  const targets: TargetQuality[] = [
    { metric: "ssim", value: 0.97 },
    ...(tools.provenVmaf ? [{ metric: "vmaf" as const, value: 92 }] : []),
  ];
  // Chunks of six and ten seconds have short samples; VP9 makes more of a long run of pictures than of a short one.
  const near = { h264: [0.012, 3], h265: [0.012, 3], av1: [0.012, 3], vp9: [0.02, 6] } as const;
  const codecs = ["h264", "h265", "av1", "vp9"] as const;

  it.each(targets.flatMap((target) => codecs.map((codec) => [target.metric, target.value, codec, target] as const)))(
    "%s %d is met in %s by other rate factors where the picture is harder, with the plan's init segments",
    async (_metric, _value, codec, target) => {
      const { job, plan } = await encoded("calm-then-noisy.mp4", {
        ...{ codec, targetQuality: target, speed: "fast" },
        ladder: [
          ...(codec === "h264" ? [{ shortSide: 180, maxKbps: 20_000 }] : []),
          { shortSide: 144, maxKbps: 20_000 },
        ],
      });
      // encodeAll holds each chunk's init segments against the plan's: other factors need no other ones.
      const found = await measured(job, plan);
      const rows = job.findings
        .filter(({ part, factors }) => part.startsWith("encode:") && factors)
        .sort((a, b) => a.part.localeCompare(b.part))
        .map(({ factors }) => factors);
      for (const [place, factors] of rows.entries())
        for (const [rung, chosen] of (factors?.renditions ?? []).entries()) {
          const real = found[place]?.renditions[rung]?.[target.metric]?.mean ?? 0;
          const seconds = factors?.seconds.join("–");
          console.log(`${codec} ${target.metric} ${target.value} ${seconds} ${JSON.stringify(chosen)} real ${real}`);
          expect(chosen.probes).toBeGreaterThan(0);
          expect(chosen.probes).toBeLessThanOrEqual(4);
        }
      const factorsOf = (place: number) => rows[place]?.renditions.map(({ rateFactor }) => rateFactor) ?? [];
      const [calm, noisy] = [factorsOf(0), factorsOf(rows.length - 1)];
      for (const [rung, factor] of calm.entries()) {
        expect(factor).not.toBe(noisy[rung]);
        const real = found.at(-1)?.renditions[rung]?.[target.metric]?.mean ?? 0;
        const [ssim, vmaf] = near[codec];
        expect(Math.abs(real - target.value)).toBeLessThan(target.metric === "ssim" ? ssim : vmaf);
      }
    },
  );
});
