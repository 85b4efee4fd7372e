import { Container, containerCodecs } from "@reelway/shared/contracts/transcode-spec";
import { presets } from "@reelway/shared/presets/catalogue";
import { expect, test } from "vitest";
import { check, type Draft, withContainer, withValue } from "./draft.ts";
import { unitsOf } from "./spec-fields.ts";

const draftOf = (name: string): Draft => ({ ...presets.find((preset) => preset.name === name)?.spec });

test("a value is set where it belongs, and an object that it leaves empty goes with it", () => {
  const begun = { kind: "transcode", video: { codec: "h264" } };
  const trimmed = withValue(begun, ["trim", "startSeconds"], 3);
  expect(trimmed).toEqual({ ...begun, trim: { startSeconds: 3 } });
  expect(withValue(trimmed, ["trim", "startSeconds"], undefined)).toEqual(begun);
  expect(begun).toEqual({ kind: "transcode", video: { codec: "h264" } });
});

test("every preset, put into every container, stays a spec that the API takes", () => {
  for (const { name, spec } of presets.filter(({ spec }) => spec.kind === "transcode"))
    for (const container of Container.options) {
      const { problems } = check(withContainer({ ...spec }, container));
      // A copied picture can't become a GIF: the editor says so.
      const copied = name === "mkv-copy" && containerCodecs[container].video.includes("gif");
      expect([...problems], `${name} in ${container}`).toHaveLength(copied ? 1 : 0);
    }
});

test("what is wrong is told at its field, by the words of the API's own schema", () => {
  const wrong = withValue(withValue(draftOf("mp4-h264"), ["video", "quality"], 101), ["audio", "codec"], "pcm");
  const { spec, problems } = check(withValue(wrong, ["video", "sharpness"], 1));
  expect(spec).toBeNull();
  expect(problems.get("video.quality")).toMatch(/100/);
  expect(problems.get("video.sharpness")).toBe("This is not a field of a spec");
});

test("a bound is told with the unit of its field", () => {
  const draft = withValue(draftOf("hls-1080p"), ["chunkSeconds"], 5);
  expect(check(draft, unitsOf(draft)).problems.get("chunkSeconds")).toMatch(/^At least \d+ s$/);
});
