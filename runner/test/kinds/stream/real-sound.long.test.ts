import { existsSync } from "node:fs";
import { join } from "node:path";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { describe, expect, it } from "vitest";
import { heard } from "./listen.ts";
import { joined } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";

const folder = process.env.REELWAY_MEDIA ?? join(import.meta.dirname, "../../../../../shared/media/open");

/** A frame of AAC at 44,100 samples a second, on a clock of 48,000. */
const frame = 1_115;

/** MP3 in MP4, an edit list, fragments, several languages, Dolby, a track that is empty, sound that fails to decode. */
const clips = [
  "bbb-trailer-720p-mp3.mp4",
  "iphone-hdr-dovi-rot90-editlist.mp4",
  "flower-fragmented.mp4",
  "two-videos-six-streams.mp4",
  "eac3-51.mp4",
  "empty-track.mp4",
  "broken-failing-audio.mp4",
  "pancake-h264-opus.mkv",
];

describe.skipIf(!existsSync(folder))("the sound of real clips", () => {
  it.each(clips)("of %s is as long as it was, track by track", async (clip) => {
    const source = join(folder, clip);
    const job = await StreamJob.of(source, { video: { ladder: [{ shortSide: 144 }], speed: "fast" } });
    const { plan } = await job.plan();
    const { report } = await job.run({ kind: "audio" });
    expect(report?.renditions.map(({ id }) => id)).toEqual(plan.audio.map(({ id }) => id));
    for (const [place, { id, segments }] of (report?.renditions ?? []).entries()) {
      const names = segments.map(({ number }) => segmentFile(id, number));
      const track = await joined(job.directory, [initFile(id), ...names]);
      const [ours, theirs] = await Promise.all([heard(track), heard(source, plan.audio[place]?.track)]);
      console.log(`${clip} ${id}: ${ours.length} samples of ${theirs.length}`);
      expect(Math.abs(ours.length - theirs.length)).toBeLessThanOrEqual(frame);
    }
  });
});
