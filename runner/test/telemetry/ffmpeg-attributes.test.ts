import { describe, expect, it } from "vitest";
import { runAttributes, runName } from "../../src/telemetry/ffmpeg-attributes.ts";

const hash = (args: string[], directories: string[]) =>
  runAttributes(args, directories)["reelway.ffmpeg.arguments_sha256"];
const argsIn = (directory: string) => ["-i", `file:${directory}/source`, "-c:v", "libx264", `${directory}/out.mp4`];

describe("what a span tells of an ffmpeg run", () => {
  it("is one hash for equal arguments, wherever the files lie, and another where one differs", () => {
    const here = hash(argsIn("/var/a/tsk_1"), ["/var/a/tsk_1"]);
    expect(here).toMatch(/^[0-9a-f]{64}$/);
    expect(hash(argsIn("/srv/b/tsk_2"), ["/srv/b/tsk_2"])).toBe(here);
    expect(hash([...argsIn("/var/a/tsk_1"), "-y"], ["/var/a/tsk_1"])).not.toBe(here);
    // The border between two arguments counts.
    expect(hash(["ab", "c"], [])).not.toBe(hash(["a", "bc"], []));
  });

  it("names the encoders, and shows no argument else", () => {
    const attributes = runAttributes([...argsIn("/var/a"), "-metadata", "title=Ann's film", "-c:a", "aac"], ["/var/a"]);
    expect(attributes).toEqual({
      "reelway.ffmpeg.arguments_sha256": expect.any(String),
      "reelway.encoder": "libx264",
      "reelway.audio_encoder": "aac",
    });
    expect(Object.keys(runAttributes(["-f", "null", "-"], []))).toEqual(["reelway.ffmpeg.arguments_sha256"]);
  });

  it("calls a run that encodes nothing by the tool's name", () => {
    expect(runName(["-c:v", "libx265"])).toBe("encode");
    expect(runName(["-c:a", "aac"])).toBe("encode");
    expect(runName(["-f", "null", "-"])).toBe("ffmpeg");
  });
});
