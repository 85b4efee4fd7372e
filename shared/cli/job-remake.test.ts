import { expect, test, vi } from "vitest";
import { JobRequest } from "../contracts/job.ts";
import type { JobPlan } from "../contracts/job-plan.ts";
import { StreamSpec } from "../contracts/stream-spec.ts";
import { sdrColor } from "../testing/sdr-color.ts";
import { cli, server } from "./test/scripted-cli.ts";

// Each run is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const rendition = { rateFactor: 22, profile: null, level: null, codecs: null, initBytes: null, initSha256: null };
const planOf = (jobId: string): JobPlan => ({
  ...{ jobId, durationSeconds: 60, segmentSeconds: 4, targetDurationSeconds: 4, whole: null, thumbnails: true },
  source: {
    ...{ container: "mp4", bytes: 10, durationSeconds: 60, startSeconds: 0, bitrateKbps: 2 },
    ...{ video: [], audio: [], subtitles: [], otherStreams: 0, chapters: 0, tags: {} },
  },
  video: {
    ...{ track: 1, encoder: "libx264", build: null, speed: "fast", timescale: 24_000, frameRate: [24, 1], fps: 24 },
    color: sdrColor,
    renditions: [
      { ...rendition, id: "video-1", name: "720p", width: 1_280, height: 720, maxKbps: 3_000 },
      { ...rendition, id: "video-2", name: "360p", width: 640, height: 360, maxKbps: 730 },
    ],
  },
  audio: [],
  chunks: [],
  reused: null,
});

/** A finished stream of which a plan can be read. */
function stream(more: Partial<JobPlan> = {}) {
  const spec = StreamSpec.parse({ kind: "stream", video: { shortSideMax: 720 }, downloads: ["360p"] });
  const own = { priority: 70, tags: ["holiday"], metadata: { order: "7" }, hardware: "never" as const };
  const job = server.addJob({ kind: "stream", spec, state: "succeeded", ...own });
  server.intercept = (seen, response) =>
    seen.path.endsWith(`/jobs/${job.id}/plan`) && server.send(response, { ...planOf(job.id), ...more });
  return job;
}

const asked = () => JobRequest.parse(JSON.parse(String(server.seen.findLast(({ method }) => method === "POST")?.body)));

test("sizes are asked for once more with all else as it was, and the new job's id is printed", async () => {
  const job = stream();
  const { code, stdout } = await cli.run("jobs", "remake", job.id, "--size", "720p", "-s", "360p");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^job_\w+\n$/);
  expect(stdout.trim()).not.toBe(job.id);
  expect(asked()).toMatchObject({
    ...{ assetId: job.assetId, priority: 70, tags: ["holiday"], metadata: { order: "7" }, hardware: "never" },
    spec: { ...job.spec, reuse: { jobId: job.id, except: ["720p", "360p"] } },
  });
});

test("a size more joins those that there are, with their ceilings", async () => {
  const job = stream();
  await cli.run("jobs", "remake", job.id, "--add", "1440p");
  const { spec } = asked();
  expect(spec).toMatchObject({ kind: "stream", downloads: ["360p"], reuse: { jobId: job.id, except: [] } });
  const ladder = [{ shortSide: 720, maxKbps: 3_000 }, { shortSide: 360, maxKbps: 730 }, { shortSide: 1_440 }];
  expect(spec?.kind === "stream" && spec.video).toEqual({ codec: "h264", ladder });
});

test("what is no size, and what names none, is said before anything is asked for", async () => {
  const job = stream();
  for (const args of [[], ["--size", "large"], ["--add", "0p"]]) {
    const { code, stderr } = await cli.run("jobs", "remake", job.id, ...args);
    expect([code, /--size|--add/.test(stderr)], args.join(" ")).toEqual([2, true]);
  }
  expect(server.seen.filter(({ method }) => method === "POST")).toEqual([]);
});

test("jobs plan says which sizes are copied, or why none is, without control characters", async () => {
  const other = "job_01k9zq3v7m5n8r2t4w6x8y0abc_weur";
  const renditions = [{ id: "video-2", of: "video-1" }];
  const copied = await cli.run("jobs", "plan", stream({ reused: { jobId: other, renditions, reason: null } }).id);
  expect(copied.stdout).toContain(`1 size of ${other}`);
  expect(copied.stdout).toMatch(/RUNG .* COPIED\n720p .* video-1 *\n360p .* video-2 +yes/);
  const reused = { jobId: other, renditions: [], reason: "That stream was cut else\u001bwhere." };
  const nothing = await cli.run("jobs", "plan", stream({ reused }).id);
  expect(nothing.stdout).toContain(`nothing of ${other}: That stream was cut else?where.`);
  expect(nothing.stdout).not.toContain("COPIED");
});
