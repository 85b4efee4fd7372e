import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { describe, expect, it } from "vitest";
import { joined, type Packet, packetsOf } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const maxKbps = 300;
const segmentSeconds = 2;

/** Noise that wants several times its ceiling: the share of it that each segment takes, and how empty a buffer gets. */
async function madeBelowCeiling(codec: string, source: SourceName) {
  const ladder = [{ shortSide: 180, maxKbps }];
  const job = await StreamJob.of(await streamSource(source), {
    ...{ video: { codec, ladder, quality: 85, speed: "fast" } as never },
    ...{ segmentSeconds, chunkSeconds: 8, thumbnails: false },
  });
  const { plan } = await job.plan();
  expect(plan.whole === null).toBe(source.endsWith(".mp4"));
  await job.encodeAll(plan);
  const segments = [...job.reports]
    .flatMap(({ renditions }) =>
      renditions.flatMap(({ timescale, segments }) => segments.map((one) => ({ ...one, timescale }))),
    )
    .sort((one, other) => one.number - other.number)
    .map(({ bytes, duration, timescale }) => (bytes * 8) / (duration / timescale) / (maxKbps * 1_000));
  const packets = await packetsOf(await wholeOf(job, segments.length));
  const told = `${codec}: segments take ${segments.map((share) => share.toFixed(2)).join(", ")} of their ceiling`;
  console.log(`${told}; the buffer is never below ${lowest(packets, plan.video?.fps ?? 0).toFixed(2)} s`);
  return { segments, emptiest: lowest(packets, plan.video?.fps ?? 0) };
}

function wholeOf(job: StreamJob, count: number): Promise<string> {
  const segments = Array.from({ length: count }, (_, index) => segmentFile("video-1", index + 1));
  return joined(job.directory, [initFile("video-1"), ...segments]);
}

/** A player's buffer of one second, filled at the ceiling from half full on: the least that is in it, seconds. */
function lowest(packets: readonly Packet[], fps: number): number {
  let [filled, least] = [0.5, 1];
  for (const { bytes } of packets) {
    filled -= (bytes * 8) / (maxKbps * 1_000);
    least = Math.min(least, filled);
    filled = Math.min(1, filled + 1 / fps);
  }
  return least;
}

describe("the ceiling of a rendition", () => {
  it.each<[codec: string, source: SourceName]>([
    ["h264", "calm-then-noisy.mp4"],
    ["h264", "heavy.mp4"],
    ["h265", "calm-then-noisy.mp4"],
    ["h265", "heavy.mp4"],
  ])("is kept by %s over a buffer of one second in %s, over the borders of chunks too", async (codec, source) => {
    const { segments, emptiest } = await madeBelowCeiling(codec, source);
    // x265 counts a little less than what lies in the file.
    expect(emptiest).toBeGreaterThan(-0.1);
    // What follows a calm part begins with a full buffer.
    expect(Math.max(...segments)).toBeLessThan((segmentSeconds + 1) / segmentSeconds);
    expect(Math.max(...segments), "it is what holds them down").toBeGreaterThan(0.9);
  });

  it.each<SourceName>(["calm-then-noisy.mp4", "calm-then-noisy.mkv"])(
    "is kept by vp9 over every segment of %s, made once more for it",
    async (source) => {
      const { segments } = await madeBelowCeiling("vp9", source);
      // Made once it takes up to 3.5.
      expect(Math.max(...segments)).toBeLessThan((segmentSeconds + 1) / segmentSeconds);
    },
  );

  it("is kept by av1 over every segment", async () => {
    const { segments } = await madeBelowCeiling("av1", "calm-then-noisy.mp4");
    // What growing playlists announce. Without a word to it SVT-AV1 takes up to 1.77.
    expect(Math.max(...segments)).toBeLessThan((segmentSeconds + 1) / segmentSeconds);
  });
});
