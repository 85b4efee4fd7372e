import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import type { TestStack } from "../support/test-stack.ts";
import { focused, stops, tabTo } from "./by-keyboard.ts";
import { type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import type { Visit } from "./visit.ts";

/** By keyboard alone, from signing in to the end of a job: no test of this file presses, points or focuses by itself. */
let desk: Desk;
let stack: TestStack;
let visit: Visit;

beforeAll(async () => {
  desk = await openDesk();
  stack = desk.stack;
  await stack.startRunner();
  visit = await desk.visitor();
  // Browsers without a picker that a page may keep files of open their own, which a test can fill.
  await visit.page.addInitScript("delete self.showOpenFilePicker");
  visit.page.on("filechooser", (chooser) => chooser.setFiles(smallClip()));
});

afterAll(async () => {
  await desk?.close();
});

/** The bars at the left, from the top of every page on. */
const frame = [
  ...["Skip to the content", "Reelway", "Convert", "Jobs", "Fleet", "Admin"],
  ...["Account", "Sign out", "As the system", "Keyboard shortcuts"],
];

test("somebody signs in, and comes to everything on the page in the order that it stands there", async () => {
  const { page } = visit;
  await visit.open("/");
  await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  expect(await stops(page, 4)).toEqual(["As the system", "API key", "API key", "Sign in"]);
  await tabTo(page, "API key", "Shift+Tab");
  await page.keyboard.type(stack.key);
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: /MP4, H.264/ }).waitFor({ state: "attached" });
  await page.reload();
  await page.getByRole("radio", { name: /MP4, H.264/ }).waitFor({ state: "attached" });
  expect(await stops(page, frame.length)).toEqual(frame);
  const inside = await stops(page, 6);
  expect(inside.map((name) => name.slice(0, 20))).toEqual([
    ...["Choose files", "URL of a video", "MP4, H.264 + AACPlay"],
    ...["Change its settings", "Region", "Priority"],
  ]);
  // Past all of that, by one press.
  await page.reload();
  await page.getByRole("radio", { name: /MP4, H.264/ }).waitFor({ state: "attached" });
  expect(await stops(page, 1)).toEqual(["Skip to the content"]);
  await page.keyboard.press("Enter");
  expect(await stops(page, 1)).toEqual(["Choose files"]);
});

test("a file is chosen, converted and played", async () => {
  const { page } = visit;
  await page.keyboard.press("Enter");
  await page.locator(".item-row", { hasText: "small.mp4" }).waitFor();
  await tabTo(page, "URL of a video");
  await tabTo(page, "Remove small.mp4");
  const preset = async () => page.locator(".preset-card:has(:checked) .preset-title").textContent();
  await page.keyboard.press("Tab");
  const before = await preset();
  await page.keyboard.press("ArrowDown");
  expect(await preset()).not.toBe(before);
  await page.keyboard.press("ArrowUp");
  expect(await preset()).toBe(before);
  await tabTo(page, "Convert");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "See the job" }).waitFor();
  await tabTo(page, "See the job", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("article").getByText("Succeeded", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Play", exact: true }).first().waitFor();

  await tabTo(page, "small.mp4");
  expect(await stops(page, 7)).toEqual(["Play", "Position", "Play", "Mute", "Volume", "Speed", "Full screen"]);
  await tabTo(page, "Play", "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate("document.querySelector('video').currentTime")).toBeGreaterThan(0.3);
});

test("a dialog keeps the focus while it is open, and gives it back where it was", async () => {
  const { page } = visit;
  await stack.killRunners();
  await tabTo(page, "Make another", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, "What to make");
  await page.keyboard.type("MP3");
  await tabTo(page, "Make it");
  await page.keyboard.press("Enter");
  await page.getByRole("article").getByText("Queued", { exact: true }).waitFor();

  await tabTo(page, "Cancel");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  const isInside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null";
  const seen = new Set<string>();
  for (let press = 0; press < 8; press++) {
    seen.add((await stops(page, 1))[0] ?? "");
    expect(await page.evaluate(isInside), await focused(page)).toBe(true);
  }
  expect([...seen]).toEqual(expect.arrayContaining(["Close", "Let it run", "Cancel the job"]));
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  expect(await focused(page)).toBe("Cancel");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, "Let it run");
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  expect(await focused(page)).toBe("Cancel");

  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, "Cancel the job");
  await page.keyboard.press("Enter");
  await page.getByRole("article").getByText("Canceled", { exact: true }).waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  // The button is gone with what it was for: the focus is on the page, and goes on from there.
  await expect.poll(() => page.evaluate("document.activeElement.nodeName")).toBe("MAIN");
});

test("the keys of the page lead from room to room, and are listed", async () => {
  const { page } = visit;
  await page.reload();
  await page.getByRole("article").waitFor();
  await page.keyboard.type("gj");
  await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
  await page.keyboard.type("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await expectGoodPage(visit, "shortcuts");
  await page.keyboard.press("Escape");
  await page.keyboard.type("/");
  await expect.poll(() => focused(page)).toBe("Search");
  await page.keyboard.type("small");
  await page.keyboard.press("Enter");
  await page.locator("a.job-row", { hasText: "small.mp4" }).first().waitFor();
});
