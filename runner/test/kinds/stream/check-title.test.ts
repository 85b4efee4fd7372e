import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { describe, expect, it } from "vitest";
import { checkPlaylists } from "../../../src/kinds/stream/check-playlists.ts";
import { checkReports } from "../../../src/kinds/stream/check-reports.ts";
import { testDirectory } from "../../support/directory.ts";
import { failureOf } from "../run-kind.ts";

const report = (id: string, ...segments: [number: number, start: number, duration: number][]): PackageReport => ({
  version: 2,
  renditions: [
    {
      ...{ id, codecs: "avc1", timescale: 10, language: "und", initBytes: 1, initSha256: "0".repeat(64) },
      segments: segments.map(([number, start, duration]) => ({ number, start, duration, bytes: 1, samples: 1 })),
    },
  ],
});

const plan = {
  video: { renditions: [{ id: "video-1" }] },
  audio: [{ id: "audio-1" }],
  chunks: [{ end: 40 }, { end: 100 }],
} as unknown as StreamPlan;
const sound = report("audio-1", [1, 0, 41], [2, 41, 62]);
const early = report("video-1", [1, 0, 40]);
const late = report("video-1", [2, 40, 40], [3, 80, 20]);

describe("the reports of a title", () => {
  const fault = (...reports: PackageReport[]) => failureOf(Promise.resolve().then(() => checkReports(reports, plan)));

  it("fit in whatever order they come", () => {
    expect(() => checkReports([late, sound, early], plan)).not.toThrow();
  });

  it.each<[string, PackageReport[]]>([
    ["audio-1 was not packaged", [early, late]],
    ["video-1 has segment 2 where another was expected", [late, sound]],
    ["video-1 has segment 3 where another was expected", [early, report("video-1", [3, 80, 20]), sound]],
    ["video-1 has segment 2 where another was expected", [early, report("video-1", [2, 41, 59]), sound]],
    ["video-1 has segment 1 where another was expected", [early, early, late, sound]],
    ["video-1 ends at 40, not at 100", [early, sound]],
    ["video-2 is in no plan", [early, late, sound, report("video-2", [1, 0, 100])]],
  ])("are refused where %s", async (detail, reports) => {
    expect(await fault(...reports)).toMatchObject({ code: "output_invalid", detail });
  });
});

describe("the playlists of a title", () => {
  const media = (...lines: string[]) => ["#EXTM3U", ...lines, "#EXT-X-ENDLIST", ""].join("\n");
  const right = {
    "main.m3u8":
      '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio-1/playlist.m3u8"\n#EXT-X-STREAM-INF:\nvideo-1/playlist.m3u8\n',
    "manifest.mpd": '<S media="video-1/"/><S media="audio-1/"/>',
    "video-1/playlist.m3u8": media(
      "#EXTINF:4.000000,",
      "seg-00001.m4s",
      "#EXTINF:4.000000,",
      "seg-00002.m4s",
      "#EXTINF:2.000000,",
      "seg-00003.m4s",
    ),
    "audio-1/playlist.m3u8": media("#EXTINF:4.100000,", "seg-00001.m4s", "#EXTINF:6.200000,", "seg-00002.m4s"),
  };
  const written = async (files: Record<string, string>) => {
    const directory = await testDirectory();
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    return checkPlaylists(directory, [late, sound, early]);
  };

  it("list what was packaged", async () => {
    await written(right);
  });

  it.each<[string, Partial<typeof right>]>([
    ["main.m3u8 does not name audio-1/playlist.m3u8", { "main.m3u8": "#EXTM3U\nvideo-1/playlist.m3u8\n" }],
    ["manifest.mpd does not name video-1", { "manifest.mpd": "audio-1/" }],
    ["audio-1/playlist.m3u8 does not come to an end", { "audio-1/playlist.m3u8": "#EXTM3U\n" }],
    [
      "audio-1/playlist.m3u8 does not list what was packaged, from segment 2 on",
      { "audio-1/playlist.m3u8": media("#EXTINF:4.100000,", "seg-00001.m4s", "#EXTINF:6.100000,", "seg-00002.m4s") },
    ],
    [
      "audio-1/playlist.m3u8 does not list what was packaged, from segment 2 on",
      { "audio-1/playlist.m3u8": media("#EXTINF:4.100000,", "seg-00001.m4s") },
    ],
    [
      "audio-1/playlist.m3u8 does not list what was packaged, from segment 3 on",
      {
        "audio-1/playlist.m3u8": right["audio-1/playlist.m3u8"].replace(
          "#EXT-X-END",
          "#EXTINF:1,\nseg-00003.m4s\n#EXT-X-END",
        ),
      },
    ],
  ])("are refused where %s", async (detail, changed) => {
    expect(await failureOf(written({ ...right, ...changed }))).toMatchObject({ code: "output_invalid", detail });
  });
});
