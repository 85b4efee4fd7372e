import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { picturesOf } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";

const folder = process.env.REELWAY_MEDIA ?? join(import.meta.dirname, "../../../../../shared/media/open");
const there = new Set(existsSync(folder) ? readdirSync(folder) : []);

/** Each with the codec that it is made in, and why its picture is one task where it is. */
const clips: readonly (readonly [name: string, codec: "h264" | "h265", whole: string | null])[] = [
  ["sintel-trailer-720p.mp4", "h264", null],
  ["flower-540p.mp4", "h264", null],
  ["flower-fragmented.mp4", "h264", null],
  ["hevc-1080p-10s.mp4", "h264", null],
  ["gopro-hero.mp4", "h264", null],
  ["two-videos-six-streams.mp4", "h264", null],
  ["cursed-vfr-screen.mp4", "h264", null],
  ["iphone-hdr-dovi-rot90-editlist.mp4", "h264", null],
  ["iphone-hdr-dovi-rot90-editlist.mp4", "h265", null],
  ["sar-2x1.mp4", "h264", "one_key_frame"],
  ["bt601-bframes.mov", "h264", "one_key_frame"],
  ["no-stss.mp4", "h264", "not_indexed"],
  ["tears-of-steel-800-vp8.webm", "h264", "not_indexed"],
  ["h264-720p60-start10s.ts", "h264", "not_indexed"],
];
const here = clips.filter(([name]) => there.has(name));

describe.skipIf(here.length === 0)(`real clips in chunks (${here.length || `none in ${folder}`})`, () => {
  it.each(here)("%s in %s", async (name, codec, whole) => {
    const path = join(folder, name);
    const job = await StreamJob.of(path, { video: { codec, ladder: [{ shortSide: 144 }], speed: "fast" } });
    const { plan } = await job.plan();
    expect(plan.whole?.code ?? null, plan.whole?.reason).toBe(whole);
    const planned = job.sourceBytesRead;
    await job.encodeAll(plan);
    const title = await job.publish();
    const [pictures, expected] = [await picturesOf(join(title, "video-1", "playlist.m3u8")), await picturesOf(path)];
    expect(pictures).toHaveLength(expected.length);
    const { size } = statSync(path);
    const share = (bytes: number) => (bytes / size).toFixed(3);
    const rendition = plan.video?.renditions[0];
    console.log(
      `${name}: ${plan.chunks.length} chunks, ${pictures.length} pictures of ${rendition?.width}x${rendition?.height}, ` +
        `plan read ${share(planned)}, chunks ${share(job.sourceBytesRead - planned)}; init ${rendition?.initSha256?.slice(0, 12)}`,
    );
  });
});
