import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { JobStatus } from "@reelway/shared/contracts/job";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encoding, ended, reached, slowJob, submit } from "../e2e/convert.ts";
import { breakableFfmpeg } from "../support/breakable-ffmpeg.ts";
import { longClip, smallClip } from "../support/clips.ts";
import type { TestRunner } from "../support/test-runner.ts";
import type { TestStack } from "../support/test-stack.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import type { Visit } from "./visit.ts";

/** The list of the jobs, and a job's own page: while it runs, when it has failed, and when there is something to take home. */
let desk: Desk;
let stack: TestStack;
let visit: Visit;
let runner: TestRunner;
const ffmpeg = breakableFfmpeg(folderOfFile("jobs"));

beforeAll(async () => {
  // A runner that is held still keeps its lease.
  desk = await openDesk({ MAX_RETRIES: "0", LEASE_SECONDS: "120" });
  stack = desk.stack;
  runner = await stack.startRunner({ env: { FFMPEG_PATH: ffmpeg.path, CONCURRENCY: "1" } });
  visit = await adminOf(desk);
});

afterAll(async () => {
  await desk?.close();
});

const inFull = (status: JobStatus) =>
  encoding(status) && status.fps !== null && status.speed !== null && status.etaSeconds !== null;
const figures = /^Converting · \d+ % · \d+:\d\d left · [\d.]+× · \d+ fps$/;

test("a job that runs says its stage, percent, pace and what is left, on its page and in the list", async () => {
  const { page } = visit;
  const job = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, job.id, inFull);
  runner.pause();
  try {
    await visit.open("/jobs");
    await page.locator("a.job-row").getByText(figures).waitFor();
    await expectGoodPage(visit, "jobs-running");
    await visit.open(`/jobs/${job.id}`);
    await page.locator(".job-words").getByText(figures).waitFor();
    await page.getByRole("article").getByText("Running", { exact: true }).waitFor();
    await page.getByText("1 under way").waitFor();
    expect((await stack.client.jobs.get(job.id)).state).toBe("running");
    await expectGoodPage(visit, "job-running-file");
  } finally {
    runner.resume();
  }
  expect((await ended(stack.client, job.id)).state).toBe("succeeded");
  await page.getByRole("article").getByText("Succeeded", { exact: true }).waitFor();
});

test("what was made is downloaded by a press, byte for byte", async () => {
  const { page } = visit;
  const job = await ended(stack.client, (await submit(stack.client, smallClip(), { preset: "mp3" })).id);
  const [output] = job.outputs;
  await visit.open(`/jobs/${job.id}`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: `Download ${output?.name}` }).click(),
  ]);
  const bytes = readFileSync(await download.path());
  expect(bytes.byteLength).toBe(output?.bytes);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(output?.sha256);
  expect(download.suggestedFilename()).toMatch(/\.mp3$/);
});

test("a job that failed shows the end of its log; retried when the cause is gone, it succeeds", async () => {
  const { page } = visit;
  ffmpeg.break();
  const { id } = await submit(stack.client, smallClip(), { preset: "mp3" });
  expect(await ended(stack.client, id)).toMatchObject({ state: "failed", error: { code: "encode_failed" } });
  ffmpeg.mend();
  await visit.open(`/jobs/${id}`);
  const errors = page.getByRole("region", { name: "Errors" });
  await errors.getByText("The end of the log", { exact: true }).click();
  await errors.getByRole("region", { name: "The end of the log" }).getByText("the driver is broken").waitFor();
  await expectGoodPage(visit, "job-log");
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByText("The job is queued again.").waitFor();
  await page.getByRole("article").getByText("Succeeded", { exact: true }).waitFor();
  await errors.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Play", exact: true }).first().waitFor();
  expect(await stack.client.jobs.get(id)).toMatchObject({ state: "succeeded", run: 2, error: null });
});

test("the list has pages, and shows one kind of jobs where one is chosen", async () => {
  const { page } = visit;
  const { assetId } = await submit(stack.client, smallClip(), { spec: { kind: "probe" } });
  const before = (await stack.client.jobs.list({ limit: 100 })).items.length;
  const perPage = 20;
  const startAt = Date.now() + 3_600_000;
  for (let made = before; made < perPage + 3; made++)
    await stack.client.jobs.create({ assetId, preset: "mp3", startAt });
  await visit.open("/jobs");
  const rows = page.locator("a.job-row");
  await expect.poll(() => rows.count()).toBe(perPage);
  const idsShown = () => rows.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  const first = await idsShown();
  const pages = page.getByRole("navigation", { name: "Pages" });
  expect(await pages.getByRole("button", { name: "Newer" }).isDisabled()).toBe(true);
  await expectGoodPage(visit, "jobs-pages");
  await pages.getByRole("button", { name: "Older" }).click();
  await pages.getByText("Page 2").waitFor();
  await expect.poll(() => rows.count()).toBe(3);
  expect(new Set([...first, ...(await idsShown())]).size).toBe(perPage + 3);
  expect(await pages.getByRole("button", { name: "Older" }).isDisabled()).toBe(true);
  await pages.getByRole("button", { name: "Newer" }).click();
  await expect.poll(idsShown).toEqual(first);

  await page.getByLabel("Kind").selectOption("Probe");
  await expect.poll(() => rows.count()).toBe(1);
  expect(new URL(page.url()).search).toBe("?kind=probe");
  await page.getByLabel("Kind").selectOption("Stream");
  await page.getByRole("heading", { name: "No job matches these filters" }).waitFor();
});

test("an address that leads nowhere says so, and leads on", async () => {
  const { page } = visit;
  await visit.open("/jobbs");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await expectGoodPage(visit, "no-such-page");
  await page.getByRole("link", { name: "All jobs" }).click();
  await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
  await visit.open("/jobs/job_01arz3ndektsv4rrffq69g5fav_enam");
  await page.getByRole("heading", { name: "There is no such job" }).waitFor();
  await expectGoodPage(visit, "no-such-job");
});
