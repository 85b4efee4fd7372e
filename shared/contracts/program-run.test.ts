import { expect, it } from "vitest";
import { limits } from "../limits.ts";
import { ProgramRun } from "./program-run.ts";

const told = (command: string) => ProgramRun.safeParse({ name: "ffmpeg", version: "7.1", command }).success;

it.each([
  "ffmpeg -i file:source -vf 'scale=2:2' out.mp4",
  "ffprobe 'it'\\''s' ''",
  "reelway-media index source > index.json && reelway-media cut --index index.json -o 'cut 1.mp4' source",
])("takes %s", (command) => {
  expect(told(command)).toBe(true);
});

it.each([
  "",
  "rm -rf /",
  "ffmpegs -i x",
  "ffmpeg -i x; rm -rf /",
  "ffmpeg $(id)",
  "ffmpeg `id`",
  "ffmpeg $HOME",
  "ffmpeg ~",
  "ffmpeg *",
  'ffmpeg "$(id)"',
  "ffmpeg 'open",
  "ffmpeg \\x",
  "ffmpeg -i x | sh",
  "ffmpeg -i x && sh",
  "ffmpeg -i x & ffmpeg",
  "ffmpeg > a > b",
  "ffmpeg 'a\nb'",
  "ffmpeg 'a\u202eb'",
  "ffmpeg\n",
  `ffmpeg ${"x".repeat(limits.commandLength)}`,
])("refuses %j, whoever reports it", (command) => {
  expect(told(command)).toBe(false);
});

it("is quick to refuse a long line", () => {
  expect(told(`ffmpeg ${"a'b'\\'".repeat(1_500)}$`)).toBe(false);
});
