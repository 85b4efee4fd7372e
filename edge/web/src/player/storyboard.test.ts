import { expect, test } from "vitest";
import { parseStoryboard, tileAt } from "./storyboard.ts";

const text = `WEBVTT

00:00.000 --> 00:05.000
sprite-001.jpg#xywh=0,0,160,90

00:05.000 --> 00:10.000
sprite-001.jpg#xywh=160,0,160,90

1:00:00.000 --> 1:00:05.000
sprite-002.jpg#xywh=0,0,160,90
`;

test("cues become pictures, each in its sprite", () => {
  const tiles = parseStoryboard(text, "https://video.example/play/token/storyboard.vtt");
  expect(tiles).toHaveLength(3);
  const second = {
    from: 5,
    to: 10,
    url: "https://video.example/play/token/sprite-001.jpg",
    x: 160,
    y: 0,
    width: 160,
    height: 90,
  };
  expect(tileAt(tiles, 7)).toEqual(second);
  expect(tileAt(tiles, 5_000)?.url).toMatch(/sprite-002/);
});

test("what is no storyboard has no pictures", () => {
  expect(parseStoryboard("WEBVTT\n\n00:00.000 --> 00:05.000\nJust words\n", "https://video.example/")).toEqual([]);
  expect(tileAt([], 3)).toBeUndefined();
});
