import { execFileSync } from "node:child_process";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import type { TestStack } from "../support/test-stack.ts";
import { oneThread } from "./convert.ts";

/** Short chunks, so that a short film has several. */
export const shortChunks = {
  spec: {
    kind: "stream" as const,
    video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" as const },
    chunkSeconds: 8,
  },
};

/** Decodes all of what a URL or file leads to: the frames of the largest picture, and the samples of the sound. */
export function decoded(source: string): { frames: number; samples: number } {
  const framesOf = (map: string) => {
    const args = ["-nostdin", "-v", "error", "-i", source, "-map", map, "-f", "framemd5", "-"];
    const lines = execFileSync("ffmpeg", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).split("\n");
    return lines.filter((line) => /^\d/.test(line)).map((line) => Number(line.split(",")[3]));
  };
  return { frames: framesOf("0:v:0").length, samples: framesOf("0:a:0").reduce((sum, samples) => sum + samples, 0) };
}

/** A runner that encodes chunks one after the other, on one core. */
export const slowRunner = (stack: TestStack) =>
  stack.startRunner({ env: { ENGINE_PATH: buildEngine(), ...oneThread } });
