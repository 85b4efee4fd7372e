import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { convert } from "../e2e/convert.ts";
import { openBrowser } from "../playback/browser.ts";
import { smallFilm } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { expectGoodPage } from "./good-page.ts";
import { Visit } from "./visit.ts";

let stack: TestStack;
let browser: Browser;
let visit: Visit;

beforeAll(async () => {
  execFileSync(join(import.meta.dirname, "../../infra/build-page.sh"));
  [stack, browser] = await Promise.all([startTestStack({ settings: { RATE_LIMITS: "off" } }), openBrowser()]);
  await stack.startRunner({ env: { ENGINE_PATH: buildEngine(), CONCURRENCY: "1" } });
  visit = await Visit.begin(browser, stack.url);
  await visit.open((await stack.client.auth.createSignInLink()).url);
}, 900_000);

afterAll(async () => {
  await visit?.close();
  await browser?.close();
  await stack?.stop();
});

test("a finished stream's page makes one of its sizes again, and the new job's says what is copied", async () => {
  const { page } = visit;
  const film = await convert(stack.client, smallFilm(), {
    spec: {
      kind: "stream",
      video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" },
      chunkSeconds: 8,
    },
  });
  await visit.open(`/jobs/${film.id}`);
  await page.getByRole("button", { name: "Make sizes again" }).waitFor();
  await expectGoodPage(visit, "job-stream-whole");
  await page.getByRole("button", { name: "Make sizes again" }).click();
  const dialog = page.getByRole("dialog", { name: "Make sizes again" });
  expect(await dialog.getByRole("button", { name: "Make them" }).isDisabled()).toBe(true);
  await dialog.getByLabel("180p").check();
  expect(await visit.accessibilityFindings()).toEqual([]);
  await visit.photograph("remake-dialog");
  await dialog.getByRole("button", { name: "Make them" }).click();

  await page.getByText("One size is copied from").waitFor({ timeout: 120_000 });
  await page.getByRole("article").getByText("Succeeded", { exact: true }).waitFor({ timeout: 150_000 });
  expect(page.url()).not.toContain(film.id);
  expect(await page.getByRole("link", { name: "another job" }).getAttribute("href")).toBe(`/jobs/${film.id}`);
  await page.getByRole("rowheader", { name: "144p copied" }).waitFor();
  expect(await page.getByRole("rowheader", { name: "180p", exact: true }).count()).toBe(1);
  await page.reload();
  await page.getByRole("rowheader", { name: "144p copied" }).waitFor();
  await expectGoodPage(visit, "job-remade");

  // Made as another one it is made in full: the stream that it was copied from may be gone by then.
  await stack.client.jobs.deleteOutputs(film.id);
  const remade = page.url();
  await page.getByRole("button", { name: "Make another" }).click();
  await page.getByRole("button", { name: "Make it" }).click();
  await expect.poll(() => page.url()).not.toBe(remade);
  const { spec } = await stack.client.jobs.get(page.url().split("/").at(-1) ?? "");
  expect(spec).toMatchObject({ kind: "stream", chunkSeconds: 8 });
  expect(spec).not.toHaveProperty("reuse");
});
