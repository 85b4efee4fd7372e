import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Playback } from "@reelway/shared/contracts/playback";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { fileSource } from "../support/file-source.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { openBrowser, PlayerPage } from "./browser.ts";
import { FILM, NUMBER_BLOCKS, submitNumberedFilm } from "./numbered-film.ts";
import { openPrinted, printedCode } from "./printed-code.ts";
import { Site } from "./site.ts";
import { errorsOf, expectSubtitles, expectWholeFilm } from "./whole-film.ts";

/** A stream as viewers get it: made by three runners, served by the Worker, played by a page of another origin. */

const PLAYERS = [
  { player: "hls.js", manifest: "hls" },
  { player: "shaka", manifest: "hls" },
  { player: "shaka", manifest: "dash" },
] as const;
/** The shortest that tokens live. */
const SHORT_LIFE_SECONDS = 60;

const site = new Site();
let browser: Browser;
let stack: TestStack;
let runners: readonly TestRunner[] = [];
let jobId: string;
let shortLived: Playback;

beforeAll(async () => {
  // A runner that is held still keeps its lease.
  stack = await startTestStack({ settings: { LEASE_SECONDS: "120" } });
  [browser] = await Promise.all([openBrowser(), site.start()]);
  const env = { ENGINE_PATH: buildEngine(), CONCURRENCY: "1", FFMPEG_THREADS: "1" };
  runners = await Promise.all([1, 2, 3].map(() => stack.startRunner({ env })));
  jobId = (await submitNumberedFilm(stack.client)).id;
}, 900_000);

afterAll(async () => {
  await Promise.all([browser?.close(), site.stop(), stack?.stop()]);
});

/** Holds all runners still, so that nothing is made and no race decides what is seen. */
function pause(): void {
  for (const runner of runners) runner.pause();
}
function resume(): void {
  for (const runner of runners) runner.resume();
}

/** Opens the job's title in a page. */
async function opened({ player, manifest }: (typeof PLAYERS)[number]): Promise<PlayerPage> {
  const playback = await stack.client.jobs.playback(jobId);
  expect(new URL(playback[manifest]).origin).not.toBe(site.url);
  return PlayerPage.open(browser, site.url, player, playback[manifest]);
}

test("the page of docs/streaming.md waits for the first pictures, and begins by itself", async () => {
  await expect.poll(async () => (await stack.client.jobs.get(jobId)).state, { interval: 50 }).toBe("running");
  pause();
  const playback = await stack.client.jobs.playback(jobId);
  const early = await openPrinted(browser, site, { code: printedCode("html"), playback });
  await early.waitForResponse((response) => response.status() === 409);
  resume();
  await expect
    .poll(async () => (await stack.client.jobs.get(jobId)).playableAt, { timeout: 60_000, interval: 50 })
    .not.toBeNull();
  // From here on nothing is made until all players play.
  pause();
  await early.waitForFunction("document.querySelector('video').currentTime > 0.5");
  await early.close();
}, 120_000);

test("players begin before the job is finished, and go on to the end", async () => {
  const { hls } = await stack.client.jobs.playback(jobId);
  const listed = await (await fetch(new URL("video-1/playlist.m3u8", hls))).text();
  expect(listed).not.toContain("#EXT-X-ENDLIST");
  const listedSeconds = [...listed.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, length]) => sum + Number(length), 0);
  expect(listedSeconds).toBeLessThan(FILM.seconds);

  const pages = await Promise.all(PLAYERS.map(opened));
  for (const page of pages) await page.start();
  await Promise.all(pages.map((page) => page.passed(2)));
  const before = await Promise.all(pages.map((page) => page.time()));
  // Near the film's start, and not at the end of what is there.
  expect(Math.max(...before)).toBeLessThan(listedSeconds);
  expect((await stack.client.jobs.get(jobId)).state).toBe("running");
  await Promise.all(pages.map((page, at) => page.passed((before[at] ?? 0) + 0.2)));
  expect((await stack.client.jobs.get(jobId)).state).toBe("running");
  resume();

  for await (const { state } of stack.client.jobs.watch(jobId)) if (isTerminal(state)) break;
  expect(await stack.client.jobs.get(jobId)).toMatchObject({ state: "succeeded", error: null });
  for (const page of pages) await page.setRate(2);
  // Step by step, each with a deadline of its own: a machine with little to spare plays slower.
  for (const seconds of [10, 20, 30, FILM.seconds - 0.5]) await Promise.all(pages.map((page) => page.passed(seconds)));
  await Promise.all(pages.map((page) => page.ended()));
  for (const page of pages) {
    expect(await errorsOf(page)).toEqual([]);
    expect(await page.time()).toBeCloseTo(FILM.seconds, 0);
    await page.close();
  }
  shortLived = await stack.client.jobs.playback(jobId, { expiresInSeconds: SHORT_LIFE_SECONDS });
}, 300_000);

describe.each(PLAYERS)("$player plays $manifest when it is finished", (which) => {
  test("to the end, with seeks to the frame and switches of rendition", async () => {
    const page = await opened(which);
    await expectWholeFilm(page);
    expect(await page.soundBytes()).toBeGreaterThan(0);
    expect(await errorsOf(page)).toEqual([]);
    await page.close();
  });

  test("with its subtitles", async () => {
    const page = await opened(which);
    await expectSubtitles(page);
    await page.close();
  });
});

test("a page finds the picture of a time in the storyboard and by thumbnail.jpg", async () => {
  const page = await opened(PLAYERS[0]);
  const { hls, storyboard, poster } = await stack.client.jobs.playback(jobId);
  if (storyboard === null || poster === null) throw new Error("there are no pictures");
  const text = await (await fetch(storyboard)).text();
  const cues = [...text.matchAll(/^(\S+) --> \S+\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
  const some = cues.filter((_, number) => number % 6 === 1);
  expect(some.length).toBeGreaterThan(3);
  for (const [, start = "", sprite = "", ...part] of some) {
    const seconds = start.split(":").reduce((sum, digits) => sum * 60 + Number(digits), 0);
    const inSprite = await page.numberInImage(new URL(sprite, storyboard).href, NUMBER_BLOCKS, part.map(Number));
    const alone = await page.numberInImage(new URL(`thumbnail.jpg?time=${seconds + 0.1}`, hls).href, NUMBER_BLOCKS);
    expect(alone).toBe(inSprite);
    // A key frame near the cue's time.
    expect(Math.abs(alone / FILM.fps - seconds), start).toBeLessThanOrEqual(2 * FILM.keySeconds);
  }
  expect(await page.numberInImage(poster, NUMBER_BLOCKS)).toBeGreaterThan(0);
  await page.close();
});

test.each(["html", "js"] as const)("the %s code of docs/streaming.md plays the film", async (language) => {
  const playback = await stack.client.jobs.playback(jobId);
  const page = await openPrinted(browser, site, { code: printedCode(language), playback });
  await page.waitForFunction("document.querySelector('video').currentTime > 1");
  expect(await page.evaluate("document.querySelector('video').duration")).toBeCloseTo(FILM.seconds, 1);
  await page.close();
});

test("a clip begins where it was asked to, in the middle of a segment", async () => {
  const playback = await stack.client.jobs.playback(jobId);
  const start = 14.2;
  const hls = new URL(`clip.m3u8?start=${start}&end=20`, playback.hls).href;
  const page = await openPrinted(browser, site, { code: printedCode("html"), playback: { ...playback, hls } });
  await page.waitForFunction("document.querySelector('video').readyState > 2");
  const number = await page.evaluate<number>(`import("/number.mjs").then(({ numberIn }) => {
    const video = document.querySelector("video");
    return numberIn(video, ${JSON.stringify(NUMBER_BLOCKS)}, [0, 0, video.videoWidth, video.videoHeight]);
  })`);
  expect(number).toBeGreaterThanOrEqual(start * FILM.fps - 1);
  await page.waitForFunction("document.querySelector('video').ended");
  await page.close();
});

const clips = process.env.REELWAY_MEDIA ?? join(import.meta.dirname, "../../../shared/media/open");
const REAL = { path: join(clips, "sintel-trailer-720p.mp4"), seconds: 52.2 };

test.skipIf(!existsSync(REAL.path))(
  `a real clip, begun before its job is finished, to its end (${REAL.path})`,
  async () => {
    const asset = await stack.client.assets.upload(await fileSource(REAL.path));
    const spec = {
      kind: "stream" as const,
      video: { ladder: [{ shortSide: 360 }, { shortSide: 180 }], speed: "fast" as const },
      chunkSeconds: 8,
    };
    const { id } = await stack.client.jobs.create({ assetId: asset.id, spec });
    const job = () => stack.client.jobs.get(id);
    await expect.poll(async () => (await job()).playableAt, { timeout: 120_000, interval: 50 }).not.toBeNull();
    pause();
    const { hls } = await stack.client.jobs.playback(id);
    const page = await PlayerPage.open(browser, site.url, "hls.js", hls);
    await page.start();
    await page.passed(1);
    expect((await job()).state).toBe("running");
    resume();
    for await (const { state } of stack.client.jobs.watch(id)) if (isTerminal(state)) break;
    expect(await job()).toMatchObject({ state: "succeeded", error: null });
    await page.setRate(2);
    for (const seconds of [15, 30, 45]) await page.passed(seconds);
    await page.ended();
    expect(await page.time()).toBeCloseTo(REAL.seconds, 0);
    expect(await page.soundBytes()).toBeGreaterThan(0);
    expect(await errorsOf(page)).toEqual([]);
    await page.close();
  },
  300_000,
);

describe("a token that does not hold", () => {
  const refusal = { "hls.js": "manifestLoadError, fatal, HTTP 401", shaka: "1001, HTTP 401" };

  test.each(PLAYERS)(
    "$player says of $manifest that it is refused when it was forged",
    async ({ player, manifest }) => {
      const url = (await stack.client.jobs.playback(jobId))[manifest];
      const forged = url.replace(/.(?=\/[^/]+$)/, (last) => (last === "A" ? "E" : "A"));
      expect(forged).not.toBe(url);
      await expect(PlayerPage.open(browser, site.url, player, forged)).rejects.toThrow(refusal[player]);
    },
  );

  test("hls.js says that it is refused when it has run out, and in the middle of the film too", async () => {
    const left = shortLived.expiresAt - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, left) + 100));
    await expect(PlayerPage.open(browser, site.url, "hls.js", shortLived.hls)).rejects.toThrow(refusal["hls.js"]);
    const playback = await stack.client.jobs.playback(jobId);
    // From its third segment on the film is asked for by the token that has run out.
    const prepare = (page: Page) =>
      page.route(/\/seg-000(0[3-9]|1\d)\.m4s$/, (route) =>
        route.continue({ url: route.request().url().replace(playback.token, shortLived.token) }),
      );
    const page = await openPrinted(browser, site, { code: printedCode("html"), playback, prepare });
    await page.waitForFunction("document.querySelector('p').textContent.startsWith('This link has run out')");
    await page.close();
  }, 90_000);
});
