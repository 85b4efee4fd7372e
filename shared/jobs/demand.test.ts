import { expect, it } from "vitest";
import { JobSpec } from "../contracts/job-spec.ts";
import { memoryNeeds, memoryTiers } from "../contracts/memory-tier.ts";
import type { StreamStep } from "../contracts/stream-step.ts";
import { sdrColor } from "../testing/sdr-color.ts";
import { demandOf } from "./demand.ts";

const GIB = 1024 ** 3;
const transcode = (video: object) => JobSpec.parse({ kind: "transcode", container: "mp4", video });

it("takes more memory and cores for larger pictures and greedier codecs", () => {
  const small = demandOf(transcode({ codec: "h264", height: 480 }));
  const large = demandOf(transcode({ codec: "h264", height: 2_160 }));
  const greedy = demandOf(transcode({ codec: "av1", height: 2_160 }));
  expect(small.memoryBytes).toBeLessThan(large.memoryBytes);
  expect(large.memoryBytes).toBeLessThan(greedy.memoryBytes);
  expect(small.cores).toBeLessThan(large.cores);
  expect([small, large, greedy].map(memoryNeeds)).toEqual([[], ["memory:4"], ["memory:4"]]);
});

it("counts every rung of a ladder, which one process encodes", () => {
  const spec = JobSpec.parse({ kind: "stream", video: { codec: "h264" } });
  const rendition = (height: number) => ({
    ...{ id: "video-1", name: `${height}p`, width: (height * 16) / 9, height, rateFactor: 22, maxKbps: 5_000 },
    ...{ profile: null, level: null, codecs: null, initBytes: null, initSha256: null },
  });
  const video = {
    ...{
      track: 1,
      encoder: "libx264",
      build: null,
      speed: "balanced" as const,
      timescale: 24,
      frameRate: null,
      fps: 24,
    },
    color: sdrColor,
    renditions: [2_160, 1_440, 1_080, 720, 540, 360].map(rendition),
  };
  const step: StreamStep = { kind: "encode", video, segmentSeconds: 4, chunk: null };
  const demand = demandOf(spec, step);
  expect(demand.encodes).toBe(6);
  // Measured: 3.9 GB on eight threads.
  expect(demand.memoryBytes / GIB).toBeGreaterThan(3.9);
  expect(memoryNeeds(demand)).toEqual(["memory:8"]);
  expect(demandOf(spec, { kind: "audio" })).toMatchObject({ cores: 1, encodes: 0 });
});

it("has hosts reach the tiers of what their maker says, and no more", () => {
  expect(memoryTiers(3.7 * GIB)).toEqual(["memory:4"]);
  expect(memoryTiers(15.5 * GIB)).toEqual(["memory:4", "memory:8", "memory:16"]);
  expect(memoryTiers(1.9 * GIB)).toEqual([]);
});
