import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { largeFile, smallClip, textFile } from "../support/clips.ts";
import { type SourceServer, startSourceServer } from "../support/source-server.ts";
import type { TestStack } from "../support/test-stack.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import type { Visit } from "./visit.ts";

/** From sources to jobs: where they come from, what is asked for, and what is said of each that does not get there. */
let desk: Desk;
let stack: TestStack;
let visit: Visit;
let site: SourceServer;

beforeAll(async () => {
  [desk, site] = await Promise.all([
    openDesk({ ALLOW_PRIVATE_URLS: "true" }),
    startSourceServer(readFileSync(smallClip())),
  ]);
  stack = desk.stack;
  await stack.startRunner({ env: { ALLOW_PRIVATE_URLS: "true" } });
  visit = await adminOf(desk);
});

afterAll(async () => {
  await desk?.close();
  await site?.close();
});

const openConvert = async () => {
  await visit.open("/");
  await visit.page.getByRole("radio", { name: /MP3 sound/ }).waitFor({ state: "attached" });
};
const source = (name: string) => visit.page.locator(".item-row", { hasText: name });
const convert = () => visit.page.getByRole("button", { name: "Convert", exact: true });
const seeJob = (row: Locator) => row.getByRole("link", { name: "See the job" });

/** The job that a source has become. */
async function jobOf(row: Locator) {
  const link = (await seeJob(row).getAttribute("href")) ?? "";
  return stack.client.jobs.get(link.split("/").at(-1) ?? "");
}

describe("a URL", () => {
  test("is taken where it is one, fetched by a runner, and worked on; even with a % that means nothing", async () => {
    const { page } = visit;
    await openConvert();
    const field = page.getByLabel("URL of a video");
    for (const wrong of ["example.com/film.mov", "ftp://example.com/film.mov"]) {
      await field.fill(wrong);
      await page.getByRole("button", { name: "Add URL" }).click();
      await page.getByRole("alert").getByText("Give a whole address").waitFor();
      expect(await page.locator(".item-row").count(), wrong).toBe(0);
    }
    await expectGoodPage(visit, "convert-url-refused");
    for (const path of ["/plain.mp4", "/100%.mp4"]) {
      await field.fill(`${site.url}${path}`);
      await field.press("Enter");
      await source(path.slice(1)).getByText("fetched by a runner").waitFor();
      expect(await field.inputValue()).toBe("");
    }
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.getByText("MP3 sound").click();
    await page.getByRole("button", { name: "Convert 2 sources" }).click();
    for (const name of ["plain.mp4", "100%.mp4"]) {
      await source(name).getByText("Succeeded").waitFor({ timeout: 120_000 });
      const { assetId, state } = await jobOf(source(name));
      expect(state).toBe("succeeded");
      expect((await stack.client.assets.get(assetId)).name).toBe(name);
    }
  });

  test("that may not be used is refused with the reason, beside those that go through", async () => {
    const { page } = visit;
    await openConvert();
    await page.getByLabel("URL of a video").fill("https://me:secret@example.com/film.mov");
    await page.getByRole("button", { name: "Add URL" }).click();
    await visit.choose(smallClip());
    await page.getByRole("button", { name: "Convert 2 sources" }).click();
    await source("film.mov").getByRole("link", { name: "source_forbidden" }).waitFor();
    await source("film.mov").getByText("must not carry a name or password").waitFor();
    await seeJob(source("small.mp4")).waitFor();
    await expectGoodPage(visit, "convert-refused");
    await page.getByRole("button", { name: "Remove film.mov" }).click();
    expect(await source("film.mov").count()).toBe(0);
  });
});

describe("what is asked for", () => {
  test("goes where it is to go, and as soon as it is to", async () => {
    const { page } = visit;
    await openConvert();
    await visit.choose(smallClip());
    await page.getByLabel("URL of a video").fill(`${site.url}/far.mp4`);
    await page.getByRole("button", { name: "Add URL" }).click();
    await page.getByText("MP3 sound").click();
    await page.getByLabel("Region").selectOption("Western Europe");
    await page.getByLabel("Priority").selectOption("High");
    await page.getByRole("button", { name: "Convert 2 sources" }).click();
    for (const name of ["small.mp4", "far.mp4"]) {
      await seeJob(source(name)).waitFor();
      const { assetId, priority } = await jobOf(source(name));
      expect(priority).toBe(80);
      expect((await stack.client.assets.get(assetId)).region).toBe("weur");
    }
  });

  test("can be edited as JSON, which is checked as it is typed, and taken back to the preset", async () => {
    const { page } = visit;
    await openConvert();
    await visit.choose(smallClip());
    await page.getByText("MP3 sound").click();
    await page.getByRole("button", { name: "Change its settings" }).click();
    await page.getByRole("button", { name: "As JSON" }).click();
    const spec = page.getByLabel("Spec");
    expect(JSON.parse(await spec.inputValue())).toMatchObject({ kind: "transcode", container: "mp3" });
    await spec.fill('{ "kind": ');
    await expect.poll(() => spec.getAttribute("aria-invalid")).toBe("true");
    expect(await convert().isDisabled()).toBe(true);
    await spec.fill('{ "kind": "transcode", "container": "mp3", "audio": { "codec": "mp3", "bitrateKbps": 9 } }');
    await page.getByText(/audio\.bitrateKbps: At least \d+ kbit/).waitFor();
    expect(await convert().isDisabled()).toBe(true);
    await expectGoodPage(visit, "convert-json");

    await page.getByRole("button", { name: "Back to the preset" }).click();
    await expect.poll(() => spec.count()).toBe(0);
    expect(await convert().isEnabled()).toBe(true);
    // As it was looked at last.
    await page.getByRole("button", { name: "Change its settings" }).click();
    await spec.fill('{ "kind": "transcode", "container": "mp3", "audio": { "codec": "mp3", "bitrateKbps": 96 } }');
    await page.getByRole("button", { name: "As fields" }).click();
    expect(await page.getByLabel("Bitrate").inputValue()).toBe("96");
    await convert().click();
    await seeJob(source("small.mp4")).waitFor();
    expect(await jobOf(source("small.mp4"))).toMatchObject({
      preset: null,
      spec: { container: "mp3", audio: { bitrateKbps: 96 } },
    });
  });
});

describe("an upload", () => {
  test("is paused, and goes on with what is missing when it is resumed", async () => {
    const { page } = visit;
    await openConvert();
    const sent: number[] = [];
    let answered = 0;
    let held = true;
    page.on("response", (response) => {
      if (response.request().method() === "PUT" && /\/parts\/\d+$/.test(response.url())) answered += 1;
    });
    await page.route(/[?&]partNumber=/, (route) => {
      const part = Number(new URL(route.request().url()).searchParams.get("partNumber"));
      sent.push(part);
      return held && part > 2 ? undefined : route.continue();
    });
    await visit.choose(largeFile());
    await convert().click();
    await expect.poll(() => answered, { timeout: 120_000 }).toBe(2);
    await source("large.avi").getByRole("button", { name: "Pause" }).click();
    await source("large.avi")
      .getByText(/^Paused at /)
      .waitFor();
    await expectGoodPage(visit, "convert-paused");
    held = false;
    const before = sent.length;
    await source("large.avi").getByRole("button", { name: "Resume" }).click();
    await seeJob(source("large.avi")).waitFor({ timeout: 120_000 });
    expect(sent.slice(before).sort()).toEqual([3, 4, 5]);
    await page.unrouteAll();
  });

  test("that is refused says why; tried again when there is room, it goes through", async () => {
    const { id } = await stack.client.tenants.own();
    await stack.client.tenants.update(id, { budget: { bytesPerDay: 1 } });
    await openConvert();
    await visit.choose(textFile());
    await convert().click();
    await source("text.mp4").getByRole("link", { name: "budget_exhausted" }).waitFor();
    await visit.photograph("convert-upload-refused");
    await stack.client.tenants.update(id, { budget: { bytesPerDay: null } });
    await source("text.mp4").getByRole("button", { name: "Try again" }).click();
    await seeJob(source("text.mp4")).waitFor();
  });

  test("whose order is refused when it is up is not lost: after a reload it is ordered again, and no byte is sent", async () => {
    const { page } = visit;
    const { id } = await stack.client.tenants.own();
    const { budget } = await stack.client.usage.get();
    await stack.client.tenants.update(id, { budget: { jobsPerDay: budget.jobs.used } });
    await openConvert();
    await visit.choose(smallClip());
    await convert().click();
    await source("small.mp4").getByRole("link", { name: "budget_exhausted" }).waitFor();
    await page.reload();
    // It is asked for at once, and refused again.
    await source("small.mp4").getByRole("link", { name: "budget_exhausted" }).waitFor();
    await source("small.mp4").getByRole("button", { name: "Try again" }).click();
    await source("small.mp4").getByRole("link", { name: "budget_exhausted" }).waitFor();
    await stack.client.tenants.update(id, { budget: { jobsPerDay: null } });
    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "PUT") sent.push(request.url());
    });
    await source("small.mp4").getByRole("button", { name: "Try again" }).click();
    await seeJob(source("small.mp4")).waitFor();
    expect(sent).toEqual([]);
  });
});
