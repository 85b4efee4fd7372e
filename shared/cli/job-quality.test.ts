import { expect, test, vi } from "vitest";
import type { JobQuality } from "../contracts/quality.ts";
import { cli, server } from "./test/scripted-cli.ts";

// Each run is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const spread = { mean: 0.97123, min: 0.91, worstSeconds: 3.5 };
const chunk = { ordinal: 0, startSeconds: 0, endSeconds: 4, unmeasured: null };
const scores = {
  id: "video-1",
  pictures: 96,
  ssim: { ...spread, low: 0.93 },
  psnr: { ...spread, low: 35 },
  vmaf: null,
};
const plain = { rateFactor: null, probes: null, predicted: null };
const rung = { id: "video-1", name: "720p", width: 1_280, height: 720, pictures: 96, vmaf: null, vmafPictures: 0 };

function answer(id: string, quality: JobQuality) {
  server.intercept = (seen, response) => seen.path.endsWith(`/jobs/${id}/quality`) && server.send(response, quality);
}

test("jobs quality tells each size and each chunk, and that there is no VMAF", async () => {
  const { id } = server.addJob();
  const quality: JobQuality = {
    ...{ jobId: id, target: null, measured: 1, planned: 2 },
    chunks: [{ ...chunk, renditions: [{ ...scores, ...plain }] }],
    renditions: [{ ...rung, ssim: spread, psnr: { ...spread, mean: 41 }, rateFactors: null }],
  };
  answer(id, quality);
  const { stdout } = await cli.run("jobs", "quality", id);
  expect(stdout).toMatch(/measured +1 of 2 chunks/);
  expect(stdout).toMatch(/vmaf +no ffmpeg that measured has it/);
  expect(stdout).toMatch(/720p +1280×720 +0\.9712 +41\.00 +0\.9100 +0:0[34]/);
  expect(stdout).toMatch(/0 +0:00 +video-1 +0\.9712/);
  expect(stdout).not.toContain("FACTOR");
  expect((await cli.run("jobs", "quality", id, "--json")).json).toEqual([quality]);
});

test("jobs quality tells how a target was met, and hides control characters", async () => {
  const { id } = server.addJob();
  const vmaf = { mean: 94.2, min: 80, worstSeconds: 1, harmonicMean: 93.9 };
  answer(id, {
    ...{ jobId: id, target: { metric: "vmaf", value: 94 }, measured: 1, planned: 1 },
    chunks: [
      {
        ...{ ...chunk, unmeasured: "odd\u001b[31m" },
        renditions: [{ ...scores, vmaf: { ...vmaf, low: 85 }, rateFactor: 26.5, probes: 3, predicted: 94.1 }],
      },
    ],
    renditions: [
      { ...rung, vmaf, vmafPictures: 96, ssim: spread, psnr: spread, rateFactors: { least: 26.5, most: 26.5 } },
    ],
  });
  const { stdout } = await cli.run("jobs", "quality", id);
  expect(stdout).toMatch(/target +vmaf 94/);
  expect(stdout).toMatch(/94\.20 +93\.90 +80\.0 +0:01 +26\.5–26\.5/);
  expect(stdout).toMatch(/26\.5 +3 +94\.1 +odd\?\[31m/);
});
