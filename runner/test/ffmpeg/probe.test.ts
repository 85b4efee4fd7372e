import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { probeSource } from "../../src/ffmpeg/probe.ts";
import { fixture } from "../fixtures.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { tools } from "../media-tools.ts";
import { bareBox } from "../support/bare-box.ts";

const probedWith = async (script: string) => {
  const scope = {
    tools: { ...tools, ffprobePath: join(import.meta.dirname, "fixtures", script) },
    box: bareBox,
    cwd: tmpdir(),
    reads: [],
    writes: [tmpdir()],
    signal: new AbortController().signal,
    stallMs: 10_000,
    onProcessGroup: () => {},
    hidePaths: [],
  };
  return failureOf(probeSource(scope, await fixture("clip.mp4")));
};

describe("a probe that fails", () => {
  it("for want of memory is the file's doing: it is not tried again", async () => {
    expect((await probedWith("ffprobe-that-lacks-memory.sh")).code).toBe("input_limit_exceeded");
  });

  it("by being killed is the host's doing: it is tried again", async () => {
    expect((await probedWith("ffmpeg-that-is-killed.sh")).code).toBe("out_of_memory");
  });

  it("with something that is no description is the file's doing", async () => {
    expect((await probedWith("ffprobe-that-rambles.sh")).code).toBe("input_unreadable");
  });
});
