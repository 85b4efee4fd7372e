import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { JobQuality } from "@reelway/shared/contracts/quality";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { halfNoisyFilm } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, fetchOutput } from "./convert.ts";

const launcher = resolve(import.meta.dirname, "../../bin/reelway");

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  const env = { ENGINE_PATH: buildEngine(), CONCURRENCY: "1" };
  await Promise.all([stack.startRunner({ env }), stack.startRunner({ env })]);
}, 900_000);
afterAll(() => stack.stop());

/** What a plain ffmpeg says of the published pictures and the source, of some seconds of both. */
function plainSsim(published: string, source: string, [from, to]: readonly [number, number]): number {
  const part = `trim=${from}:${to},settb=1/24,setpts=N,format=yuv420p`;
  const args = ["-nostdin", "-hide_banner", "-i", published, "-i", source, "-filter_complex"];
  const graph = `[0:v:0]${part}[a];[1:v:0]${part}[b];[a][b]ssim`;
  const ended = execFileSync("sh", ["-c", 'exec ffmpeg "$@" 2>&1', "sh", ...args, graph, "-f", "null", "-"], {
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  return Number(/SSIM .*All:([\d.]+)/.exec(ended)?.[1]);
}

test("a film whose halves differ gets rate factors that do, comes near its target, and its report is true", async () => {
  const target = { metric: "ssim", value: 0.97 } as const;
  const source = halfNoisyFilm();
  const job = await convert(stack.client, source, {
    spec: {
      kind: "stream",
      video: {
        ladder: [
          { shortSide: 180, maxKbps: 20_000 },
          { shortSide: 144, maxKbps: 20_000 },
        ],
        targetQuality: target,
        speed: "fast",
      },
      chunkSeconds: 12,
      segmentSeconds: 2,
      qualityReport: true,
    },
  });
  const quality = await stack.client.jobs.quality(job.id);
  expect(quality).toMatchObject({ target, planned: 3, measured: 3 });
  for (const { ordinal, renditions } of quality.chunks)
    for (const { id, rateFactor, probes, predicted, ssim } of renditions) {
      console.log(`chunk ${ordinal} ${id}: factor ${rateFactor}, ${probes} probes, ${predicted} → ${ssim?.mean}`);
      expect(Math.abs((ssim?.mean ?? 0) - target.value), `chunk ${ordinal} of ${id}`).toBeLessThan(0.005);
      expect(Math.abs((ssim?.mean ?? 0) - (predicted ?? 0)), `chunk ${ordinal} of ${id}`).toBeLessThan(0.005);
      expect(probes).toBeLessThanOrEqual(4);
    }
  // The chunks are 0 to 6 s, 6 to 12 s and the noise.
  const factorOf = (ordinal: number, rung: number) => quality.chunks[ordinal]?.renditions[rung]?.rateFactor ?? 0;
  for (const rung of [0, 1]) expect(factorOf(0, rung)).toBeGreaterThan(factorOf(2, rung) + 3);

  const { hls } = await stack.client.jobs.playback(job.id);
  for (const { renditions, startSeconds, endSeconds } of quality.chunks) {
    const plain = plainSsim(new URL("video-1/playlist.m3u8", hls).href, source, [startSeconds, endSeconds]);
    expect(plain, "a plain ffmpeg agrees").toBeCloseTo(renditions[0]?.ssim?.mean ?? 0, 3);
  }
  const all = plainSsim(new URL("video-1/playlist.m3u8", hls).href, source, [0, 100]);
  expect(quality.renditions[0]?.ssim?.mean).toBeCloseTo(all, 3);

  const environment = { ...process.env, REELWAY_URL: stack.url, REELWAY_API_KEY: stack.key };
  const cli = (...args: string[]) =>
    execFileSync(launcher, ["jobs", "quality", job.id, ...args], { encoding: "utf8", env: environment });
  const printed = cli();
  console.log(printed);
  expect(printed).toMatch(/target +ssim 0\.97/);
  expect(printed).toMatch(/measured +3 of 3 chunks/);
  expect(printed).toMatch(/180p +320×180 +0\.9[67]/);
  expect(JobQuality.parse(JSON.parse(cli("--json")))).toEqual(quality);

  const metadata = JSON.parse(readFileSync(await fetchOutput(stack, job, "metadata.json"), "utf8"));
  const { jobId: _id, planned: _planned, measured: _measured, ...report } = quality;
  expect(metadata.result.quality).toEqual(report);
});
