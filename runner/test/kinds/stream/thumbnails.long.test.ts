import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fixture } from "../../fixtures.ts";
import { framesOf } from "../run-kind.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const tile = { width: 160, height: 90 };

/** How light a tile is on the average, in a grey picture that may hold more: the value of a full-range grey. */
function lightness(picture: Buffer | undefined, width = tile.width, at = { x: 0, y: 0 }): number {
  let sum = 0;
  for (let y = at.y; y < at.y + tile.height; y++)
    for (let x = at.x; x < at.x + tile.width; x++) sum += picture?.[y * width + x] ?? Number.NaN;
  return sum / (tile.width * tile.height);
}

/** The same of the source at a time. */
const expectedAt = (seconds: number) => (seconds < 10 ? 0 : (2.8 * seconds * 255) / 219);

describe("the thumbnails of a stream", () => {
  it.each<[SourceName, number]>([
    ["dawn.mp4", 1],
    ["dawn-open-gop.mp4", 1],
    ["dawn.mkv", 0.1],
  ])("show what %s shows, at even times", async (name, keyFrameSeconds) => {
    const job = await StreamJob.of(await streamSource(name), {
      video: { ladder: [{ shortSide: 144 }], speed: "fast" },
    });
    const { plan } = await job.plan();
    const { files } = await job.run({ kind: "thumbnails" });
    const named = (role: string) => files.filter((file) => file.role === role).map((file) => file.name);
    const tiles = named("thumbnail");
    expect(tiles).toHaveLength(100);
    expect([tiles[0], tiles[99]]).toEqual(["tiles/0001.jpg", "tiles/0100.jpg"]);
    const interval = plan.durationSeconds / 100;
    const seen = (await framesOf(join(job.directory, "tiles/%04d.jpg"), "gray", tile)).map((one) => lightness(one));
    for (const [place, file] of tiles.entries()) {
      const light = seen[place] ?? Number.NaN;
      const shown = Math.floor((place * interval) / keyFrameSeconds + 1e-6) * keyFrameSeconds;
      const nearest = [shown, shown + 0.1].map((seconds) => Math.abs(light - expectedAt(seconds)));
      expect(Math.min(...nearest), `${file}: ${light}`).toBeLessThan(3);
    }

    const map = await readFile(join(job.directory, "storyboard.vtt"), "utf8");
    const cues = [...map.matchAll(/^(\S+) --> (\S+)\n(sprite-\d+\.jpg)#xywh=(\d+),(\d+),160,90$/gm)];
    expect(cues).toHaveLength(100);
    expect(cues[0]?.[1]).toBe("00:00:00.000");
    expect(cues[99]?.[2]).toBe("00:01:10.000");
    expect(named("sprite")).toHaveLength(4);
    const sprite = { width: 800, height: 450 };
    for (const place of [0, 24, 25, 63, 99]) {
      const [, , , sheet = "", x, y] = cues[place] ?? [];
      const at = { x: Number(x), y: Number(y) };
      const [picture] = await framesOf(join(job.directory, sheet), "gray", sprite);
      const light = lightness(picture, sprite.width, at);
      expect(Math.abs(light - (seen[place] ?? 0)), `cue ${place}`).toBeLessThan(2);
    }

    // A tenth of the way is still black.
    const [picture] = await framesOf(join(job.directory, "poster.jpg"), "gray", tile);
    const poster = lightness(picture);
    expect(poster).toBeGreaterThan(30);
    expect(poster).toBeLessThan(60);
  });

  it("show HDR as SDR", async () => {
    const job = await StreamJob.of(await fixture("hdr10.mp4"), {});
    await job.plan();
    const { files } = await job.run({ kind: "thumbnails" });
    expect(files.filter(({ role }) => role === "thumbnail").length).toBeGreaterThan(0);
    const [frame] = await framesOf(join(job.directory, "poster.jpg"), "gray", { width: 128, height: 128 });
    // White of 1000 nits and more stays white.
    expect(frame?.[64 * 128 + 64]).toBeGreaterThan(200);
  });
});
