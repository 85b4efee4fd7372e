import { expect, test, vi } from "vitest";
import type { JobPlan } from "../contracts/job-plan.ts";
import type { JobTask } from "../contracts/job-task.ts";
import type { Playback } from "../contracts/playback.ts";
import { sdrColor } from "../testing/sdr-color.ts";
import { cli, server } from "./test/scripted-cli.ts";

// Each run is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const runnerId = "run_01k9zq3v7m5n8r2t4w6x8y0abc_weur";
const second = "run_01k9zq3v7m5n8r2t4w6x8y0abd_weur";

function answers(path: string, answer: unknown, status = 200) {
  server.intercept = (seen, response) => {
    if (!seen.path.endsWith(path)) return false;
    return server.send(response, answer, status);
  };
}

test("jobs plan tells the ladder and the chunks, and hides control characters", async () => {
  const { id } = server.addJob();
  const rendition = { rateFactor: 22, profile: null, level: null, initBytes: null, initSha256: null };
  const plan: JobPlan = {
    ...{ jobId: id, durationSeconds: 65.5, segmentSeconds: 4, targetDurationSeconds: 5, whole: null, thumbnails: true },
    reused: null,
    source: {
      ...{ container: "mp4", bytes: 10, durationSeconds: 65.5, startSeconds: 0, bitrateKbps: 2 },
      ...{ video: [], audio: [], subtitles: [], otherStreams: 0, chapters: 0, tags: {} },
    },
    video: {
      ...{ track: 1, encoder: "libx264", build: null, speed: "fast", timescale: 24_000 },
      ...{ frameRate: [24, 1], fps: 24 },
      color: sdrColor,
      renditions: [
        {
          ...rendition,
          id: "video-1",
          name: "720p",
          width: 1_280,
          height: 720,
          maxKbps: 3_000,
          codecs: "avc1.\u001b64001f",
        },
      ],
    },
    audio: [{ id: "audio-1", track: 0, language: "en", codec: "aac", channels: 2, bitrateKbps: 128, loudness: false }],
    chunks: [
      {
        ordinal: 0,
        startSeconds: 0,
        endSeconds: 61.5,
        pictures: 1_476,
        firstSegment: 1,
        segments: 15,
        sourceBytes: 2_048,
      },
      {
        ordinal: 1,
        startSeconds: 61.5,
        endSeconds: 65.5,
        pictures: 96,
        firstSegment: 16,
        segments: 1,
        sourceBytes: 1_024,
      },
    ],
  };
  answers(`/jobs/${id}/plan`, plan);
  const { stdout } = await cli.run("jobs", "plan", id);
  expect(stdout).toContain("libx264, fast, 24/1 pictures a second");
  expect(stdout).toMatch(/720p +1280×720 +3000 kbit\/s +avc1\.\?64001f +video-1/);
  expect(stdout).toMatch(/en +aac +2 +128 kbit\/s +audio-1/);
  expect(stdout).toMatch(/0 +0:00 +1:02 +1476 +1–15 +2\.0 kB/);
  expect((await cli.run("jobs", "plan", id, "--json")).json).toEqual([plan]);
});

test("jobs tasks tells who has what", async () => {
  const { id } = server.addJob();
  const nothing = {
    attempt: 0,
    runnerId: null,
    startedAt: null,
    hedge: null,
    endedAt: null,
    error: null,
    attempts: [],
  };
  const items: JobTask[] = [
    { ...nothing, part: "plan", state: "done", attempt: 1, runnerId, startedAt: 1_000, endedAt: 3_500 },
    { ...nothing, part: "encode:0", state: "delayed", attempt: 2, error: { code: "encode_failed", message: "x" } },
    {
      ...{ ...nothing, part: "encode:1", state: "leased", attempt: 1, startedAt: 1_000 },
      ...{ runnerId, hedge: { runnerId: second, startedAt: 2_000 } },
    },
    { ...nothing, part: "finish", state: "blocked" },
  ];
  answers(`/jobs/${id}/tasks`, { items });
  const { stdout } = await cli.run("jobs", "tasks", id);
  expect(stdout).toMatch(new RegExp(`plan +done +1 +2\\.5 s +${runnerId}`));
  expect(stdout).toMatch(/encode:0 +delayed +2 +encode_failed/);
  expect(stdout).toMatch(new RegExp(`encode:1 +leased +1 .* ${runnerId} +also ${second}`));
  expect((await cli.run("jobs", "tasks", id, "--json")).json).toEqual(items);
});

test("jobs play prints the URLs that there are, for as long as was asked", async () => {
  const { id } = server.addJob();
  const playback: Playback = {
    ...{ token: "t", expiresAt: 1_795_287_600_000, poster: null, storyboard: null },
    ...{ hls: "https://a.example/main.m3u8", dash: "https://a.example/manifest.mpd" },
  };
  answers(`/jobs/${id}/playback`, playback, 201);
  const { stdout } = await cli.run("jobs", "play", id, "--expires", "3600");
  expect(stdout).toMatch(
    /^hls +https:\/\/a\.example\/main\.m3u8\ndash +https:\/\/a\.example\/manifest\.mpd\nuntil +2026-/,
  );
  expect(String(server.seen.at(-1)?.body)).toBe('{"expiresInSeconds":3600}');
  expect((await cli.run("jobs", "play", id, "--expires", "10")).code).not.toBe(0);
});
