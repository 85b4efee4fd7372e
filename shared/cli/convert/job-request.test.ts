import { expect, test } from "vitest";
import { parseSettings, recipeOf } from "./job-request.ts";

const none = { set: [], tag: [] };

test("settings become one nested object; values are JSON, or else text", () => {
  expect(
    parseSettings(["trim.startSeconds=3", "trim.endSeconds=7.5", "audio=null", "video.fit=cover", "poster=false"]),
  ).toEqual({
    trim: { startSeconds: 3, endSeconds: 7.5 },
    audio: null,
    video: { fit: "cover" },
    poster: false,
  });
  expect(parseSettings(["watermark.text=a=b"])).toEqual({ watermark: { text: "a=b" } });
});

test.each(["trim", "=3", "__proto__.polluted=1", "a..b=1", "a b=1"])("--set %s is refused", (setting) => {
  expect(() => parseSettings([setting])).toThrow("is not a setting");
});

test("the preset is the named one, or follows from OUT, or is mp4-h264", () => {
  expect(recipeOf({ ...none, preset: "gif" }, "a.mp4", undefined)).toMatchObject({ preset: "gif" });
  expect(recipeOf(none, "a.WEBM", undefined)).toMatchObject({ preset: "webm-vp9", overrides: undefined });
  expect(recipeOf(none, undefined, undefined)).toMatchObject({ preset: "mp4-h264" });
  expect(() => recipeOf(none, "a.xyz", undefined)).toThrow("No preset goes with a.xyz");
});

test("a spec file is checked, with the settings in it", () => {
  const spec = JSON.stringify({ kind: "transcode", container: "mp4", video: { codec: "h264" } });
  expect(recipeOf({ ...none, spec: "s.json", set: ["video.width=640"] }, undefined, spec)).toMatchObject({
    spec: { video: { codec: "h264", width: 640 } },
  });
  expect(() => recipeOf({ ...none, spec: "s.json", set: ["container=mp3"] }, undefined, spec)).toThrow(
    "s.json is not valid",
  );
  expect(() => recipeOf({ ...none, spec: "s.json", preset: "gif" }, undefined, spec)).toThrow("one of them");
  expect(() => recipeOf({ ...none, spec: "s.json" }, undefined, "{")).toThrow("not JSON");
});
