import { describe, expect, it } from "vitest";
import { listedReport } from "../src/streams/playlists/listed-report.ts";

function reportWith(times: readonly number[]) {
  const keyFrames = times.map((time) => ({ time, offset: 0, bytes: 1 }));
  const segment = {
    number: 1,
    start: 80,
    duration: 40,
    bytes: 9,
    samples: 1,
    sampleTicks: 40,
    closed: true,
    keyFrames,
  };
  const pair = [320, 180];
  const video = { coded: pair, shown: pair, pixelAspect: [1, 1], colour: null };
  const names = { id: "video-1", codecs: "avc1.64001f", family: "h264", language: "und", initSha256: "a" };
  const rendition = { ...names, kind: { video }, timescale: 10, distances: [1, 1], segments: [segment] };
  return { version: 2, renditions: [rendition] };
}

describe("a report of a stream", () => {
  it.each([[[]], [[80]], [[80, 100, 120]]])("is listed with key frames at %j", (times) => {
    expect(listedReport(reportWith(times)).renditions[0]?.segments[0]?.keyFrames).toHaveLength(times.length);
  });

  it.each([[[79]], [[121]], [[100, 90]]])(
    "makes no playlist with key frames at %j, since one would last less than nothing",
    (times) => {
      expect(() => listedReport(reportWith(times))).toThrow("within their segment");
    },
  );
});
