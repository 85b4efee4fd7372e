import { expect } from "vitest";
import type { PlayerPage } from "./browser.ts";
import { FILM, NUMBER_BLOCKS, subtitleAt } from "./numbered-film.ts";

/** What viewers don't take for a stall. */
const STALL_MS = 1_500;
const HEIGHTS = { largest: 360, smallest: 180 };

/** The finished film plays to its end, with seeks to the frame and switches of rendition. */
export async function expectWholeFilm(page: PlayerPage): Promise<void> {
  await page.start();
  await page.passed(1);
  for (const height of [HEIGHTS.smallest, HEIGHTS.largest, HEIGHTS.smallest]) {
    const { longestStallMs } = await page.switchTo(height);
    expect(longestStallMs, `stall at the switch to ${height}`).toBeLessThan(STALL_MS);
    await expectNumbers(page);
  }
  const last = FILM.seconds - 1 / FILM.fps;
  for (const seconds of [30.02, 5.54, FILM.seconds - 1.9, last, 0, 24.02, 12.02, 11.98]) {
    const number = await page.numberAt(seconds, NUMBER_BLOCKS);
    expect(Math.abs(number - Math.floor(seconds * FILM.fps)), `${seconds} s shows ${number}`).toBeLessThanOrEqual(1);
  }
  await page.seek(0);
  await page.switchTo(HEIGHTS.largest);
  await page.buffered(FILM.seconds);
  const played = await page.playThrough(4);
  expect(played.ended).toBe(true);
  expect(played.longestStallMs, `stalls (${played.waits})`).toBeLessThan(STALL_MS);
  expect(played.time).toBeCloseTo(FILM.seconds, 1);
}

/** Its subtitles are shown at their times, in both languages. */
export async function expectSubtitles(page: PlayerPage): Promise<void> {
  for (const language of ["en", "de"] as const) {
    await page.showSubtitles(language);
    for (const seconds of [1, 21, FILM.seconds - 2])
      await expect.poll(() => page.subtitlesAt(seconds), { timeout: 20_000 }).toEqual([subtitleAt(language, seconds)]);
  }
}

/** A player that gave a request up for another track, or had to wait, has not failed: for how long it may is told apart. */
export async function errorsOf(page: PlayerPage): Promise<string[]> {
  return (await page.seen()).errors.filter(
    (error) => !["hls.js: aborted", "hls.js: bufferStalledError"].includes(error),
  );
}

/** Pictures carry the number of the time that they are shown for. */
async function expectNumbers(page: PlayerPage): Promise<void> {
  const shown = await page.numbersShown(20, NUMBER_BLOCKS);
  for (const { time, number } of shown)
    expect(Math.abs(number - Math.round(time * FILM.fps)), `${time} s shows ${number}`).toBeLessThanOrEqual(1);
}
