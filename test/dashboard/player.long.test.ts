import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { ended } from "../e2e/convert.ts";
import { FILM, submitNumberedFilm, subtitleAt } from "../playback/numbered-film.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import { numberSeen } from "./number-seen.ts";
import type { Visit } from "./visit.ts";

/** The dashboard's own player, on a film whose pictures say which they are, in three sizes and with two subtitles. */
let desk: Desk;
let visit: Visit;

beforeAll(async () => {
  desk = await openDesk();
  await desk.stack.startRunner({ env: { ENGINE_PATH: buildEngine(), CONCURRENCY: "1" } });
  const { client } = desk.stack;
  const job = await ended(client, (await submitNumberedFilm(client)).id);
  expect(job).toMatchObject({ state: "succeeded", error: null });
  visit = await adminOf(desk);
  await visit.open(`/jobs/${job.id}`);
  await visit.page.getByRole("button", { name: "Play", exact: true }).first().waitFor();
});

afterAll(async () => {
  await desk?.close();
});

const ofVideo = <T>(expression: string) => visit.page.evaluate<T>(`document.querySelector("video").${expression}`);
const choose = (name: string, choice: string) => visit.page.getByLabel(name, { exact: true }).selectOption(choice);

test("shows a picture of the film before it plays", async () => {
  const video = visit.page.locator("video");
  // Not its first picture, which carries a 0: the poster.
  await expect
    .poll(async () => numberSeen(desk.browser, await video.screenshot()).catch(() => null))
    .toBeGreaterThan(0);
  expect(await ofVideo("currentTime")).toBe(0);
  await expectGoodPage(visit, "player-poster");
});

test("plays in the size that is chosen, and in one of its own choice again", async () => {
  const { page } = visit;
  await page.getByRole("button", { name: "Play", exact: true }).first().click();
  await expect.poll(() => ofVideo("currentTime")).toBeGreaterThan(0.5);
  const qualities = page.getByLabel("Quality", { exact: true });
  expect((await qualities.getByRole("option").allTextContents()).slice(1)).toEqual(["360p", "240p", "180p"]);
  for (const height of [180, 360]) {
    await choose("Quality", `${height}p`);
    await expect.poll(() => ofVideo("videoHeight"), { message: `${height}p` }).toBe(height);
    await qualities.getByRole("option", { name: `Auto (${height}p)` }).waitFor({ state: "attached" });
  }
  await choose("Quality", "-1");
  const at = await ofVideo<number>("currentTime");
  await expect.poll(() => ofVideo("currentTime")).toBeGreaterThan(at);
  await page.keyboard.press("k");
  await expect.poll(() => ofVideo("paused")).toBe(true);
});

test("shows the subtitles that are chosen, above its controls, and none where none are", async () => {
  const { page } = visit;
  const shown = () =>
    page.evaluate<{ text: string; line: number }[]>(`[...document.querySelector("video").textTracks]
      .filter(({ mode }) => mode === "showing")
      .flatMap(({ activeCues }) => [...(activeCues ?? [])].map(({ text, line }) => ({ text, line })))`);
  await page.evaluate("document.querySelector('video').currentTime = 21");
  const offered = await page.getByLabel("Subtitles").getByRole("option").allTextContents();
  expect(offered).toEqual(["No subtitles", "English", "German"]);
  const [none = "", english = "", german = ""] = offered;
  for (const [choice, language] of [
    [german, "de"],
    [english, "en"],
  ] as const) {
    await choose("Subtitles", choice);
    await expect
      .poll(async () => (await shown()).map(({ text }) => text), { message: choice })
      .toEqual([subtitleAt(language, 21)]);
    expect((await shown())[0]?.line).toBeLessThan(-1);
  }
  // In a smaller picture the controls take more of its lines, also from a cue that is shown already; in a larger one fewer.
  const { line: onDesk = 0 } = (await shown())[0] ?? {};
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(async () => (await shown())[0]?.line).toBeLessThan(onDesk);
  await page.setViewportSize({ width: 1_280, height: 900 });
  await expect.poll(async () => (await shown())[0]?.line).toBe(onDesk);
  await page.getByRole("button", { name: "Full screen" }).click();
  await expect.poll(async () => (await shown())[0]?.line).toBeGreaterThan(onDesk);
  await page.keyboard.press("f");
  await expect.poll(async () => (await shown())[0]?.line).toBe(onDesk);
  await visit.photograph("player-subtitles");
  await choose("Subtitles", none);
  await expect.poll(shown).toEqual([]);
  await page.locator("video").focus();
  await page.keyboard.press("c");
  await expect.poll(async () => (await shown()).length).toBe(1);
  await page.keyboard.press("c");
  await expect.poll(shown).toEqual([]);
  expect(visit.complaints).toEqual([]);
});

test("keeps all of its controls in sight on a phone, and none of them cut", async () => {
  const { page } = visit;
  await page.setViewportSize({ width: 360, height: 740 });
  await choose("Subtitles", "English");
  for (const quality of ["360p", "-1"]) {
    await choose("Quality", quality);
    const values = await page.evaluate<{ text: string; cut: boolean }[]>(
      `[...document.querySelectorAll(".pick-value")].map((value) =>
        ({ text: value.textContent, cut: value.scrollWidth > value.clientWidth }))`,
    );
    expect(values).toEqual(
      ["English", quality === "-1" ? "Auto" : quality, "1×"].map((text) => ({ text, cut: false })),
    );
  }
  await visit.photograph("player-phone");
  await page.setViewportSize({ width: 360, height: 740 });
  const player = await page.locator(".player").boundingBox();
  const last = await page.getByRole("button", { name: "Full screen" }).boundingBox();
  if (player === null || last === null) throw new Error("the player is not there");
  expect(last.x + last.width).toBeLessThanOrEqual(player.x + player.width);
  await choose("Subtitles", "-1");
  await page.setViewportSize({ width: 1_280, height: 900 });
});

test("shows the picture of the moment that one points at, over the scrubber", async () => {
  const { page } = visit;
  const scrubber = page.locator(".scrubber");
  const { width = 0 } = (await scrubber.boundingBox()) ?? {};
  const clocks = [];
  for (const share of [0.1, 0.5, 0.9]) {
    // In the middle of a second: positions are whole pixels.
    const seconds = share * FILM.seconds + 0.5;
    await scrubber.hover({ position: { x: (width * seconds) / FILM.seconds, y: 10 } });
    // A key frame near that moment; before its sprite has come there is none to read.
    await expect
      .poll(
        async () => {
          const picture = await page.locator(".preview-frame").screenshot();
          const number = await numberSeen(desk.browser, picture).catch(() => null);
          return number === null ? null : Math.abs(number / FILM.fps - seconds);
        },
        { message: `at ${seconds} s` },
      )
      .toBeLessThanOrEqual(3 * FILM.keySeconds);
    clocks.push(await page.locator(".preview > span").textContent());
  }
  expect(clocks).toEqual(["0:04", "0:20", "0:36"]);
  await page.mouse.move(0, 0);
  await expect.poll(() => page.locator(".preview").count()).toBe(0);
});
