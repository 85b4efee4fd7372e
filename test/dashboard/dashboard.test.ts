import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { filmClip, headlessClip, largeFile, smallClip } from "../support/clips.ts";
import type { TestRunner } from "../support/test-runner.ts";
import type { TestStack } from "../support/test-stack.ts";
import { type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import { startStrangeSite } from "./strange-site.ts";
import { Visit } from "./visit.ts";

/** The real stack, its dashboard as `make setup` builds it, and one visitor who goes from page to page. */
let desk: Desk;
let stack: TestStack;
let visit: Visit;
let runner: TestRunner;

beforeAll(async () => {
  // A runner that is held still keeps its lease.
  desk = await openDesk({ LEASE_SECONDS: "120" });
  stack = desk.stack;
  runner = await stack.startRunner({ env: { ENGINE_PATH: buildEngine(), CONCURRENCY: "1" } });
  visit = await desk.visitor();
});

afterAll(async () => {
  await desk?.close();
});

/** In a frame of another site, with no cookie and nothing kept: browsers may refuse both there. */
async function expectPlaysElsewhere(snippet: string): Promise<void> {
  const site = await startStrangeSite(`<meta name="viewport" content="width=device-width">${snippet}`);
  const stranger = await Visit.begin(desk.browser, site.url);
  await stranger.page.addInitScript(`
    if (self !== top) Object.defineProperty(self, "localStorage", {
      get() { throw new DOMException("Access is denied for this document.", "SecurityError"); },
    });`);
  await stranger.open("/");
  const film = stranger.page.frameLocator("iframe");
  await film.getByRole("button", { name: "Play", exact: true }).first().click();
  const inFilm = (expression: string) => stranger.page.frames()[1]?.evaluate(expression);
  await expect.poll(() => inFilm("document.querySelector('video').currentTime")).toBeGreaterThan(0.5);
  expect(await inFilm("document.fullscreenEnabled")).toBe(true);
  expect(await stranger.page.context().cookies()).toEqual([]);
  expect(stranger.complaints).toEqual([]);
  await stranger.photograph("embed-elsewhere");
  await stranger.page.setViewportSize({ width: 390, height: 844 });
  // What a page has beside its margins, in the film's own shape.
  expect(await stranger.page.locator("iframe").boundingBox()).toMatchObject({ width: 374, height: 374 * (9 / 16) });
  await stranger.close();
  await site.close();
}

describe("the dashboard", () => {
  test("refuses a wrong key and says what helps, then lets the right one in", async () => {
    const { page } = visit;
    await visit.open("/jobs");
    await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    await expectGoodPage(visit, "sign-in");
    await page.getByText("E-mail address", { exact: true }).click();
    await page.getByLabel("Password").waitFor();
    await expectGoodPage(visit, "sign-in-password");
    await page.getByText("API key", { exact: true }).click();
    await page.getByRole("textbox", { name: "API key" }).fill("rw_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("This API key is not valid here.").waitFor();
    await visit.photograph("sign-in-refused");
    await page.getByRole("textbox", { name: "API key" }).fill(stack.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    // Where one wanted to go before.
    await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
    await page.getByRole("heading", { name: "No jobs yet" }).waitFor();
    await expectGoodPage(visit, "jobs-empty");
  });

  test("converts a file that was dropped, shows its progress, and plays it while it is made", async () => {
    const { page } = visit;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Convert" }).click();
    await page.getByRole("radio", { name: /HLS and DASH, H.264/ }).waitFor({ state: "attached" });
    await expectGoodPage(visit, "convert-empty");
    await visit.drop([filmClip()], () => page.getByText("Drop to add to the sources").waitFor());
    await page.locator(".item-row", { hasText: "film.mp4" }).waitFor();
    await page.getByText("HLS and DASH, H.264, up to 1080p").click();
    await page.getByRole("button", { name: "Change its settings" }).click();
    await page.getByLabel("Largest size").selectOption("480p");
    await page.getByLabel("Chunks of about").fill("5");
    await page.getByText("1 problem to solve").waitFor();
    expect(await page.getByRole("button", { name: "Convert", exact: true }).isDisabled()).toBe(true);
    await visit.photograph("convert-problem");
    await page.getByLabel("Chunks of about").fill("8");
    await expectGoodPage(visit, "convert-editor");
    await page.getByRole("button", { name: "Convert", exact: true }).click();
    await page.getByRole("link", { name: "See the job" }).click();

    const progress = page.getByRole("progressbar", { name: "Progress of the job" });
    const percent = async () => Number(await progress.getAttribute("aria-valuenow"));
    await expect.poll(percent, { timeout: 120_000 }).toBeGreaterThan(0);
    const seen = await percent();
    await expect.poll(percent, { timeout: 120_000 }).toBeGreaterThan(seen);
    const job = () => stack.client.jobs.get(page.url().split("/").at(-1) ?? "");
    await expect.poll(async () => (await job()).playableAt, { timeout: 150_000, interval: 50 }).not.toBeNull();
    // Nothing more is made until it plays: no race decides what is seen.
    runner.pause();
    const time = () => page.evaluate("document.querySelector('video').currentTime");
    try {
      await page.reload();
      await page.getByText("still being made").waitFor({ state: "attached" });
      await page.getByText(/\d under way/).waitFor();
      await expectGoodPage(visit, "job-running");
      await page.getByRole("button", { name: "Play", exact: true }).first().click();
      await expect.poll(time).toBeGreaterThan(1);
      expect(await job()).toMatchObject({ state: "running", finishedAt: null });
      await page.getByRole("article").getByText("Running", { exact: true }).waitFor();
    } finally {
      runner.resume();
    }
    await page.getByRole("article").getByText("Succeeded").waitFor({ timeout: 150_000 });
    // The same player goes on when the job is done.
    const atEnd = Number(await time());
    await expect.poll(time, { timeout: 60_000 }).toBeGreaterThan(Math.min(atEnd, 38));
    await page.keyboard.press("k");
  });

  test("shows who worked when, and what was made", async () => {
    const { page } = visit;
    await page
      .getByRole("region", { name: "Timeline" })
      .getByText(/of \d+ tasks done/)
      .waitFor();
    const bars = page.locator(".gantt-bar");
    await expect.poll(() => bars.count()).toBeGreaterThan(4);
    await bars.first().focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".gantt-bar:focus").getAttribute("aria-label")).toContain("attempt 1");
    await page.getByText("cut into").waitFor();
    await page.getByRole("link", { name: "Download main.m3u8" }).waitFor();
    await expectGoodPage(visit, "job-stream");
  });

  test("gives a snippet for other pages, which plays there without a session", async () => {
    const { page } = visit;
    await page.getByRole("button", { name: "Embed" }).click();
    const shown = async () => (await page.getByRole("region", { name: "Snippet" }).textContent()) ?? "";
    const snippets = new Set<string>();
    for (const [term, hours] of [
      ["1 hour", 1],
      ["7 days", 7 * 24],
      ["1 day", 24],
    ] as const) {
      await page.getByLabel("Can be watched for").selectOption(term);
      const until = async () =>
        Date.parse(((await page.getByText(/^It runs out at /).textContent()) ?? "").slice(15, -1));
      await expect
        .poll(async () => Math.round(((await until()) - Date.now()) / 360_000) / 10, { message: term })
        .toBe(hours);
      snippets.add(await shown());
    }
    expect(snippets.size).toBe(3);
    const snippet = await shown();
    await expectGoodPage(visit, "embed-dialog");
    await page.keyboard.press("Escape");
    const stranger = await desk.visitor();
    await stranger.open(/src="([^"]+)"/.exec(snippet)?.[1] ?? "");
    await stranger.page.getByRole("button", { name: "Play", exact: true }).first().click();
    await expect.poll(() => stranger.page.evaluate("document.querySelector('video').currentTime")).toBeGreaterThan(0.5);
    await expectGoodPage(stranger, "embed");
    await stranger.close();
    await expectPlaysElsewhere(snippet);
  });

  test("can't be framed by another site, whoever is signed in", async () => {
    const site = await startStrangeSite(`<iframe src="${stack.url}/jobs" title="Jobs"></iframe>`);
    const page = await visit.page.context().newPage();
    const refusals: string[] = [];
    page.on("console", (message) => refusals.push(message.text()));
    await page.goto(site.url);
    await expect.poll(() => refusals.join()).toContain("frame-ancestors");
    expect(await page.frameLocator("iframe").getByRole("heading", { name: "Jobs" }).count()).toBe(0);
    await page.close();
    await site.close();
  });

  test("explains why a job failed", async () => {
    const { page } = visit;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Convert" }).click();
    await visit.choose(await headlessClip(), smallClip());
    await page.getByText("MP4, H.264 + AAC").click();
    await page.getByRole("button", { name: "Convert 2 sources" }).click();
    await page.locator(".item-row", { hasText: "headless.mp4" }).getByRole("link", { name: "See the job" }).waitFor();
    await visit.photograph("convert-sent");
    await page.locator(".item-row", { hasText: "headless.mp4" }).getByRole("link", { name: "See the job" }).click();
    const errors = page.getByRole("region", { name: "Errors" });
    await errors.waitFor({ timeout: 120_000 });
    // Where the job was still at work, its failure moved what stood below: only what loads must not move.
    await page.reload();
    await errors.getByRole("link").first().waitFor();
    await expectGoodPage(visit, "job-failed");
    await errors.getByText("See it fail on your own machine").click();
    await errors.getByText(/^ffprobe \S+\. Put the source/).waitFor();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await errors.getByRole("button", { name: "Copy: The command that failed" }).click();
    await page.getByText("The command that failed copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^ffprobe .* -i file:source$/);
    expect(await visit.accessibilityFindings()).toEqual([]);
  });

  test("follows a job where no WebSocket gets through", async () => {
    const other = await desk.visitor();
    await other.page.routeWebSocket(/\/events$/, (socket) => socket.close());
    await other.open((await stack.client.auth.createSignInLink()).url);
    await other.page.getByText("MP3 sound").click();
    await other.choose(smallClip());
    await other.page.getByRole("button", { name: "Convert", exact: true }).click();
    // Its line is told by nothing but the feed.
    await other.page.getByText("Succeeded").waitFor({ timeout: 120_000 });
    await other.close();
  });

  test("lists the jobs, finds them by state and preset, and leads to each", async () => {
    const { page } = visit;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Jobs" }).click();
    const rows = page.locator("a.job-row");
    await expect.poll(() => rows.count()).toBe(4);
    await expect.poll(() => rows.getByText("Succeeded").count(), { timeout: 120_000 }).toBe(3);
    await expectGoodPage(visit, "jobs");
    await page.getByLabel("State").selectOption("Failed");
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByLabel("State").selectOption("All states");
    await page.getByLabel("Preset").selectOption("mp4-h264");
    await expect.poll(() => rows.count()).toBe(2);
    await page.locator("a.job-row", { hasText: "small.mp4" }).click();
    await page.getByRole("button", { name: "Play", exact: true }).first().click();
    await expect.poll(() => page.evaluate("document.querySelector('video').currentTime")).toBeGreaterThan(0.3);
    await expectGoodPage(visit, "job-file");
  });

  test("makes another of the same source, says why it waits, and cancels it", async () => {
    const { page } = visit;
    await stack.killRunners();
    await page.getByRole("button", { name: "Make another" }).click();
    await page.getByLabel("What to make").selectOption("WebM, VP9 + Opus");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("article").getByText("Queued", { exact: true }).waitFor();
    await page
      .locator(".job-words")
      .getByText(/runner/)
      .waitFor();
    await expectGoodPage(visit, "job-queued");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await visit.photograph("cancel-dialog");
    await page.getByRole("button", { name: "Cancel the job" }).click();
    await page.getByRole("article").getByText("Canceled", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Retry" }).waitFor();
    await page.getByText("The job is canceled.").waitFor();
  });

  test("goes on with an upload after a lost connection and after a reload, with the parts that are missing", async () => {
    const { page } = visit;
    const sent: number[] = [];
    let answered = 0;
    // First the connection breaks after the first part, then it hangs after the second.
    let line: "cut" | "hanging" | "open" = "cut";
    page.on("dialog", (dialog) => dialog.accept());
    page.on("response", (response) => {
      if (response.request().method() === "PUT" && /\/parts\/\d+$/.test(response.url())) answered += 1;
    });
    await page.route(/[?&]partNumber=/, (route) => {
      const part = Number(new URL(route.request().url()).searchParams.get("partNumber"));
      sent.push(part);
      if (line === "cut" && part > 1) return route.abort("internetdisconnected");
      return line === "hanging" && part > 2 ? undefined : route.continue();
    });
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Convert" }).click();
    await visit.choose(largeFile());
    await page.getByRole("button", { name: "Convert", exact: true }).click();
    await page.getByText("16.8 of 83.9 MB · The connection is gone").waitFor({ timeout: 120_000 });
    await page.getByText("large.avi becomes a job when it is up.").waitFor();
    await visit.photograph("convert-offline");
    // It tries again, and says nothing else until bytes move.
    await page.evaluate(`{
      self.said = new Set();
      const row = document.querySelector(".item-row");
      new MutationObserver(() => said.add(row.querySelector(".item-name p:last-child").textContent))
        .observe(row, { childList: true, characterData: true, subtree: true });
    }`);
    const tried = sent.length;
    await expect.poll(() => sent.length).toBeGreaterThan(tried);
    line = "hanging";
    await expect.poll(() => answered, { timeout: 120_000 }).toBe(2);
    await page.getByText(/^33\.6 of 83\.9 MB/).waitFor();
    for (const words of await page.evaluate<string[]>("[...said]")) {
      expect(words).toMatch(/^\d+\.\d of 83\.9 MB/);
      expect(Number.parseFloat(words)).toBeGreaterThanOrEqual(16.8);
    }
    await visit.photograph("convert-uploading");

    await page.reload();
    await page.getByText("Its upload was interrupted at 33.6 of 83.9 MB.").waitFor();
    await page.getByText("Choose large.avi again to go on.").waitFor();
    await visit.photograph("convert-interrupted");
    line = "open";
    sent.length = 0;
    await visit.choose(largeFile());
    await page
      .locator(".item-row", { hasText: "large.avi" })
      .getByRole("link", { name: "See the job" })
      .waitFor({ timeout: 120_000 });
    expect([...sent].sort()).toEqual([3, 4, 5]);
  });

  test("signs out, and signs in by a link that works once", async () => {
    const { page } = visit;
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    const { url } = await stack.client.auth.createSignInLink();
    await visit.open(url);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    expect(page.url()).not.toContain("code");
    const second = await desk.visitor();
    await second.open(url);
    await second.page.getByRole("alert").getByText("sign_in_link_refused").waitFor({ state: "attached" });
    await second.close();

    // A session that ends elsewhere: the page notices by itself, and one goes on where one was.
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Jobs" }).click();
    await page.locator("a.job-row").first().waitFor();
    await page.context().clearCookies();
    await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    await page.getByRole("textbox", { name: "API key" }).fill(stack.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("a.job-row").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/jobs");
  });
});
