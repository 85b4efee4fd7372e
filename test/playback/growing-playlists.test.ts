import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sdrColor } from "@reelway/shared/testing/sdr-color";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listedReport } from "../../edge/src/streams/playlists/listed-report.ts";
import { mergeGrowing } from "../../edge/src/streams/playlists/merge.ts";
import { type GrowingTitle, growingPlaylist, growthOf } from "../../edge/src/streams/playlists/title-playlists.ts";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { GOP_SECONDS } from "./encodes.ts";
import { runEngine } from "./engine.ts";
import { type ChunkedTitle, packageChunks, packageSubtitles, type Workshop } from "./titles.ts";

/** The edge renders what the media engine would write: players may not see the difference when the engine's files come. */

const WORDS = "WEBVTT\n\n00:00.500 --> 00:01.500\nFirst\n\n00:03.500 --> 00:09.500\nLast\n";

const folder = folderOfFile("growing");
let workshop: Workshop;
let chunked: ChunkedTitle;

beforeAll(() => {
  workshop = { engine: buildEngine(), folder };
  const words = join(workshop.folder, "words.vtt");
  writeFileSync(words, WORDS);
  const named = [`${words},lang=en,name=Signs & <songs>,default`, `${words},lang=de-AT,forced`];
  chunked = packageSubtitles(workshop, packageChunks(workshop, "title"), named);
});

afterAll(() => {});

/** What the engine makes of these reports, by name. */
function engineFiles(name: string, reports: readonly string[]): ReadonlyMap<string, string> {
  const folder = join(workshop.folder, name);
  const { bandwidths, availableSince } = growthOf(growing);
  const promised = [...bandwidths].flatMap(([id, bits]) => ["--bandwidth", `${id}=${bits}`]);
  const flags = ["--growing", "--available-since", availableSince, "--target-duration", String(GOP_SECONDS)];
  runEngine(workshop.engine, "manifest", ...flags, ...promised, "-o", folder, ...reports);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Map(
    files
      .filter((file) => statSync(join(folder, file)).isFile())
      .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
}

function listedOf(reports: readonly string[]) {
  return mergeGrowing(reports.map((path) => listedReport(JSON.parse(readFileSync(path, "utf8")))));
}

function expectTheSame(name: string, reports: readonly string[]): number {
  const listed = listedOf(reports);
  if (!listed) throw new Error("nothing is listed");
  const files = engineFiles(name, reports);
  for (const [file, text] of files) expect(growingPlaylist(growing, listed, file), file).toBe(text);
  return files.size;
}

describe.each([
  ["the first chunk", [0]],
  ["the first two", [0, 1]],
  ["a hole behind the first", [2, 0]],
  ["all", [1, 2, 0]],
])("of %s", (name, known) => {
  const chunks = () => known.map((index) => chunked.chunks[index] ?? "");

  test("every growing playlist is the engine's, byte for byte", () => {
    const { sound, subtitles = "" } = chunked;
    // Two of pictures with their key frames, one of sound, two of text, and one each of all for HLS and DASH.
    expect(expectTheSame(name, [...chunks(), sound, subtitles])).toBe(9);
    expect(expectTheSame(`${name}, silent`, chunks())).toBe(6);
  });
});

test("languages, sounds, HDR, variable rates and times that fall between two decimals are written alike", () => {
  const strange = chunked.chunks.map((path, index) => {
    const report = JSON.parse(readFileSync(path, "utf8"));
    for (const rendition of report.renditions) {
      Object.assign(rendition, {
        timescale: 12_800,
        distances: [500 + index, 600],
        supplementalCodecs: "dvh1.08.01/db4h",
      });
      rendition.kind.video.colour = { primaries: 9, transfer: 16, matrix: 9, fullRange: false };
      for (const segment of rendition.segments) {
        Object.assign(segment, { start: (segment.number - 1) * 25_700, duration: 25_700, sampleTicks: 25_699 });
        segment.closed = segment.number !== 2;
        for (const key of segment.keyFrames) key.time = segment.start;
      }
    }
    return rewritten(`strange-${index}.json`, report);
  });
  const sounds = JSON.parse(readFileSync(chunked.sound, "utf8"));
  const [first] = sounds.renditions;
  const surround = { audio: { channels: 6, sampleRate: 48_000 } };
  sounds.renditions = [
    { ...first, language: "eng" },
    { ...first, id: "audio-2", language: "eng" },
    { ...first, id: "audio-10", language: "deu" },
    { ...first, id: "audio-3", language: "und", kind: surround, codecs: "ec-3", family: "eac3" },
  ];
  expectTheSame("strange", [...strange, rewritten("sounds.json", sounds), chunked.subtitles ?? ""]);
  expectTheSame("sounds", [rewritten("sounds-alone.json", sounds)]);
});

function rewritten(name: string, report: unknown): string {
  const path = join(workshop.folder, name);
  writeFileSync(path, JSON.stringify(report));
  return path;
}

test("without its opening a title has nothing to list, and the engine says so too", () => {
  const reports = [chunked.chunks[1] ?? "", chunked.sound];
  expect(listedOf(reports)).toBeNull();
  expect(() => engineFiles("nothing", reports)).toThrow();
});

const rendition = { rateFactor: 22, profile: null, level: null, codecs: null, initBytes: null, initSha256: null };
const growing: GrowingTitle = {
  playableAt: Date.UTC(2026, 10, 21, 12),
  title: {
    ...{
      durationSeconds: 10,
      segmentSeconds: GOP_SECONDS,
      targetDurationSeconds: GOP_SECONDS,
      whole: null,
      chunks: 3,
    },
    video: {
      ...{ track: 1, encoder: "libx264", build: null, speed: "fast", timescale: 25_000, frameRate: [25, 1], fps: 25 },
      color: sdrColor,
      renditions: [
        { ...rendition, id: "video-1", name: "180p", width: 320, height: 180, maxKbps: 400 },
        // Less than is seen: then what is seen is told.
        { ...rendition, id: "video-2", name: "90p", width: 160, height: 90, maxKbps: 1 },
      ],
    },
    audio: [{ id: "audio-1", track: 0, language: null, codec: "aac", channels: 1, bitrateKbps: 128, loudness: false }],
  },
};
