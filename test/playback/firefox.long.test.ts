import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { ended } from "../e2e/convert.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { openFirefox, PLAYERS, PlayerPage } from "./browser.ts";
import { GOP_SECONDS, SECONDS } from "./encodes.ts";
import { submitNumberedFilm } from "./numbered-film.ts";
import { Site } from "./site.ts";
import { packageWhole } from "./titles.ts";
import { errorsOf, expectSubtitles, expectWholeFilm } from "./whole-film.ts";

/** What Chromium plays, in Firefox: its demuxers and its decoders are its own. */

const CODECS = [
  { name: "h264", video: "h264", audio: "aac" },
  { name: "vp9", video: "vp9", audio: "opus" },
  { name: "av1", video: "av1", audio: "opus" },
] as const;
const BORDERS = [GOP_SECONDS, SECONDS - GOP_SECONDS];

const site = new Site();
const workshop = { engine: buildEngine(), folder: folderOfFile("firefox") };
let firefox: Awaited<ReturnType<typeof openFirefox>>;
let stack: TestStack;
let jobId: string;

beforeAll(async () => {
  for (const title of CODECS) site.serve(title.name, packageWhole(workshop, title));
  stack = await startTestStack();
  [firefox] = await Promise.all([openFirefox(), site.start()]);
  await stack.startRunner({ env: { ENGINE_PATH: workshop.engine } });
  jobId = (await submitNumberedFilm(stack.client)).id;
  expect(await ended(stack.client, jobId)).toMatchObject({ state: "succeeded" });
}, 900_000);

afterAll(async () => {
  await Promise.all([firefox?.close(), site.stop(), stack?.stop()]);
});

describe.each(CODECS)("$name", ({ name }) => {
  test.each(PLAYERS)("$player plays $manifest to the end", async ({ player, manifest }) => {
    const page = await PlayerPage.open(firefox, site.url, player, `${name}/${manifest}`);
    await page.buffered(SECONDS);
    for (const border of BORDERS) for (const offset of [-0.02, 0, 0.001]) await page.seek(border + offset);
    const played = await page.playThrough(4);
    expect(played).toMatchObject({ errors: [], ended: true });
    expect(played.time).toBeCloseTo(SECONDS, 0);
    await page.close();
  });
});

describe.each(["hls.js", "shaka"] as const)("%s on a page of another origin", (player) => {
  test("plays a job's stream to the end, with seeks to the frame, switches of rendition and subtitles", async () => {
    const playback = await stack.client.jobs.playback(jobId);
    const page = await PlayerPage.open(firefox, site.url, player, player === "shaka" ? playback.dash : playback.hls);
    await expectWholeFilm(page);
    await expectSubtitles(page);
    expect(await errorsOf(page)).toEqual([]);
    await page.close();
  }, 120_000);
});
