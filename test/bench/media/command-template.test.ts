import { describe, expect, it } from "vitest";
import { CommandTemplate } from "./command-template.ts";

describe("CommandTemplate", () => {
  const recorded = ["-nostdin", "-i", "file:/scratch/in/source", "-c:v", "libx264", "file:/scratch/out/video.mp4"];

  it("opens the source and the output, and nothing else", () => {
    expect(CommandTemplate.of(recorded).fill({ source: "/a", output: "/b" })).toEqual([
      "-nostdin",
      "-i",
      "file:/a",
      "-c:v",
      "libx264",
      "file:/b",
    ]);
  });

  it("goes through JSON unchanged", () => {
    const template = CommandTemplate.of(recorded);
    expect(CommandTemplate.fromJson(template.toJson()).argv).toEqual(template.argv);
  });

  it("refuses a command with two inputs: which is the source would be a guess", () => {
    expect(() => CommandTemplate.of(["-i", "a", "-i", "b", "c"])).toThrow("2 inputs");
  });
});
