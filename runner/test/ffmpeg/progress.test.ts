import { describe, expect, it } from "vitest";
import { createEstimator, createProgressParser, type FfmpegProgress } from "../../src/ffmpeg/progress.ts";

const first =
  "frame=0\nfps=0.00\nstream_0_0_q=0.0\nbitrate=N/A\ntotal_size=48\nout_time_us=N/A\nspeed=N/A\nprogress=continue\n";
const second =
  "frame=50\nfps=98.4\ntotal_size=4096\nout_time_us=2000000\nout_time=00:00:02.000000\nspeed=3.94x\nprogress=end\n";

function parsed(...pieces: string[]): FfmpegProgress[] {
  const blocks: FfmpegProgress[] = [];
  const parse = createProgressParser((block) => blocks.push(block));
  for (const piece of pieces) parse(piece);
  return blocks;
}

const at = (outSeconds: number | null, more: Partial<FfmpegProgress> = {}): FfmpegProgress => ({
  frames: 1,
  outSeconds,
  fps: 50,
  speed: 2,
  bytes: 1,
  ended: false,
  ...more,
});

describe("progress", () => {
  const blocks = [
    { frames: 0, outSeconds: null, fps: null, speed: null, bytes: 48, ended: false },
    { frames: 50, outSeconds: 2, fps: 98.4, speed: 3.94, bytes: 4_096, ended: true },
  ];

  it("is read block by block", () => {
    expect(parsed(first + second)).toEqual(blocks);
  });

  it("is read in whatever pieces it comes", () => {
    expect(parsed(...(first + second).split(/(?<=.)/s))).toEqual(blocks);
  });

  it("never shows a time before the start", () => {
    expect(parsed("out_time_us=-23220\nprogress=continue\n")[0]?.outSeconds).toBe(0);
  });
});

describe("estimate", () => {
  it("shows percent and time left", () => {
    const estimate = createEstimator(10, [1]);
    expect(estimate(0, at(4))).toEqual({ percent: 40, fps: 50, speed: 2, etaSeconds: 3 });
  });

  it("spreads over passes by their weight", () => {
    const estimate = createEstimator(10, [1, 3]);
    expect(estimate(0, at(5))).toMatchObject({ percent: 12.5, etaSeconds: 17.5 });
    expect(estimate(0, at(10, { ended: true })).percent).toBe(25);
    expect(estimate(1, at(5))).toMatchObject({ percent: 62.5, etaSeconds: 2.5 });
    expect(estimate(1, at(9, { ended: true })).percent).toBe(100);
  });

  it("never goes back or beyond the end", () => {
    const estimate = createEstimator(10, [1]);
    expect(estimate(0, at(8)).percent).toBe(80);
    expect(estimate(0, at(2)).percent).toBe(80);
    expect(estimate(0, at(25)).percent).toBe(100);
  });

  it("moves by passes alone where the duration is unknown", () => {
    const estimate = createEstimator(null, [1, 1]);
    expect(estimate(0, at(8))).toMatchObject({ percent: 0, etaSeconds: null });
    expect(estimate(0, at(9, { ended: true })).percent).toBe(50);
  });
});
