import { readFileSync } from "node:fs";
import { AuditRecord } from "@reelway/shared/contracts/audit";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encoding, ended, reached, slowJob, submit } from "../e2e/convert.ts";
import { breakableFfmpeg } from "../support/breakable-ffmpeg.ts";
import { longClip, smallClip } from "../support/clips.ts";
import { agreeAt, receivedAt } from "../support/received-webhooks.ts";
import type { TestStack } from "../support/test-stack.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";
import { openRoom, shownSecret } from "./admin-rooms.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import type { Visit } from "./visit.ts";

/** What is told of the work that was done: to other servers, in a job's own page, as usage, and in the log. */
let desk: Desk;
let stack: TestStack;
let visit: Visit;
let receiver: WebhookReceiver;
const ffmpeg = breakableFfmpeg(folderOfFile("admin"));

beforeAll(async () => {
  const settings = {
    ...{ REELWAY_CRON_SECONDS: "1", ALLOW_PRIVATE_URLS: "true" },
    ...{ MAX_RETRIES: "1", RETRY_BASE_MS: "200" },
  };
  [desk, receiver] = await Promise.all([openDesk(settings), startWebhookReceiver()]);
  stack = desk.stack;
  await stack.startRunner({ env: { FFMPEG_PATH: ffmpeg.path, CONCURRENCY: "1" } });
  visit = await adminOf(desk);
});

afterAll(async () => {
  await desk?.close();
  await receiver?.close();
});

const within = { timeout: 60_000, interval: 250 };

describe("webhooks", () => {
  test("an endpoint is made and tested; its delivery is seen with its answer, and sent again", async () => {
    const { page } = visit;
    await openRoom(page, "Webhooks");
    await page.getByRole("heading", { name: "No endpoints yet" }).waitFor();
    await expectGoodPage(visit, "admin-webhooks-empty");
    await page.getByRole("button", { name: "New endpoint" }).click();
    await page.getByLabel("Address").fill(`${receiver.url}/desk`);
    await page.getByLabel("Description").fill("the editors' desk");
    await page.getByLabel("job.created").uncheck();
    await expectGoodPage(visit, "admin-webhook-dialog");
    await page.getByRole("button", { name: "Make it" }).click();
    expect(await shownSecret(page, "Secret")).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByRole("link", { name: `${receiver.url}/desk` }).click();
    const verified = page.getByRole("table", { name: "Deliveries" }).getByRole("row", { name: /webhook.verify/ });
    await verified.getByText("Delivered").waitFor();
    await page.getByText("Enabled").waitFor();

    await page.getByRole("button", { name: "Send a test" }).click();
    const delivered = page.getByRole("table", { name: "Deliveries" }).getByRole("row", { name: /webhook.test/ });
    await delivered.getByText("Delivered").waitFor();
    await delivered.getByText("HTTP 200").waitFor();
    await expectGoodPage(visit, "admin-webhook");
    await delivered.getByRole("button", { name: /Show/ }).click();
    await page.getByRole("region", { name: "Headers as sent" }).getByText("webhook-signature: v1,").waitFor();
    await page.getByRole("region", { name: "Beginning of the answer" }).getByText("thanks").waitFor();
    await expectGoodPage(visit, "admin-delivery");
    await page.getByRole("button", { name: "Send again" }).click();
    await expect.poll(async () => (await receivedAt(`${receiver.url}/desk`)).length, within).toBe(2);
    const [first, second] = await receivedAt(`${receiver.url}/desk`);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    await page.keyboard.press("Escape");
  });

  test("an endpoint that has not proved itself says what to do, and is asked again", async () => {
    const { page } = visit;
    const { id, url } = await stack.client.webhooks.create({ url: `${receiver.url}/shy?verify=later` });
    await visit.open(`/admin/webhooks/${id}`);
    await page.getByText("Not verified").waitFor();
    await page.getByText("Events wait until it has.").waitFor();
    const asked = page.getByRole("table", { name: "Deliveries" }).getByRole("row", { name: /webhook.verify/ });
    await asked.getByText("HTTP 200, no challenge").waitFor();
    await page.getByRole("button", { name: "Send a test" }).click();
    await page
      .getByRole("row", { name: /webhook.test/ })
      .getByText("not tried yet")
      .waitFor();
    await expectGoodPage(visit, "admin-webhook-unverified");
    await asked.first().getByRole("button", { name: /Show/ }).click();
    await page.getByRole("region", { name: "Body as sent" }).getByText('"challenge":').waitFor();
    expect(await page.getByRole("button", { name: "Send again" }).count()).toBe(0);
    await page.keyboard.press("Escape");

    await agreeAt(url);
    await page.getByRole("button", { name: "Verify again" }).click();
    await page.getByText("Enabled").waitFor();
    await page.getByText("Events wait until it has.").waitFor({ state: "detached" });
    await page
      .getByRole("row", { name: /webhook.test/ })
      .getByText("HTTP 200")
      .waitFor();
    expect(await page.getByRole("button", { name: "Verify again" }).count()).toBe(0);
  });

  test("a failing endpoint says how; it is changed, disabled, enabled, given a new secret and deleted", async () => {
    const { page } = visit;
    const { id } = await stack.client.webhooks.create({ url: `${receiver.url}/gone?status=500` });
    await visit.open(`/admin/webhooks/${id}`);
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByRole("table", { name: "Deliveries" }).getByText("HTTP 500").waitFor();
    await page.getByText(/failures? (in a row )?since/).waitFor();
    await page.getByText("Failing", { exact: true }).waitFor();
    const tested = page.getByRole("row", { name: /webhook.test/ });
    await tested.getByText("Retrying").waitFor();
    await tested.getByText(/^next at \d\d:\d\d$/).waitFor();
    await expectGoodPage(visit, "admin-webhook-failing");

    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Address").fill(`${receiver.url}/back`);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: `${receiver.url}/back` }).waitFor();
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByText("Disabled by its owner").waitFor();
    await page.getByText("/back is disabled.").waitFor();
    await page.getByRole("button", { name: "Enable" }).click();
    await page.getByText("/back is enabled.").waitFor();
    // What was said of it before gives way.
    expect(await page.getByText("/back is disabled.").count()).toBe(0);
    await page.getByRole("button", { name: "Send a test" }).waitFor();
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByRole("button", { name: "Make a new secret" }).click();
    expect(await shownSecret(page, "Secret")).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByText("The secret before signs too until").waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete it" }).click();
    await page.getByRole("table", { name: "Webhook endpoints" }).getByText("/desk").waitFor();
    expect(await page.getByRole("table", { name: "Webhook endpoints" }).getByText("/back").count()).toBe(0);
    await expectGoodPage(visit, "admin-webhooks");
  });
});

describe("jobs", () => {
  test("a job is found by a part of its file's name", async () => {
    const { page } = visit;
    const made = await submit(stack.client, smallClip(), { preset: "mp3", tags: ["holiday"] });
    expect((await ended(stack.client, made.id)).state).toBe("succeeded");
    await visit.open("/jobs");
    const search = async (text: string) => {
      await page.getByRole("searchbox", { name: "Search" }).fill(text);
      await page.keyboard.press("Enter");
    };
    await search("MALL.m");
    await page.locator("a.job-row", { hasText: "small.mp4" }).waitFor();
    await search("nothing is called so");
    await page.getByRole("heading", { name: 'No job matches "nothing is called so"' }).waitFor();
    await search("#holiday");
    await page.locator("a.job-row", { hasText: "small.mp4" }).waitFor();
    await search("#work");
    await page.getByRole("heading", { name: 'No job matches "#work"' }).waitFor();
    await visit.photograph("jobs-not-found");
  });

  test("a job's page shows each attempt that failed, and on which runner", async () => {
    const { page } = visit;
    ffmpeg.break();
    const { id } = await submit(stack.client, smallClip(), { preset: "mp4-h264" });
    expect(await ended(stack.client, id)).toMatchObject({ state: "failed", attempt: 2 });
    ffmpeg.mend();
    await visit.open(`/jobs/${id}`);
    await page.getByRole("region", { name: "Errors" }).getByText("The job failed").waitFor();
    const attempts = page.getByRole("region", { name: "Failed attempts" });
    const first = attempts.getByText(/The whole job, attempt 1: failed after .* on runner-1, in the same way/);
    await first.waitFor();
    // The second one is the job's own end.
    expect(await attempts.getByText(/attempt 2/).count()).toBe(0);
    await expect.poll(() => page.locator(".gantt-bar.failed").count()).toBe(2);
    await page.locator(".gantt-bar").first().focus();
    expect(await page.locator(".gantt-bar:focus").getAttribute("aria-label")).toMatch(/failed.*attempt 1/);
    await expectGoodPage(visit, "job-attempts");
    await first.click();
    await attempts.getByText("See it fail on your own machine").click();
    await attempts.getByText(/^ffmpeg -nostdin .* -i file:source .* file:video\.mp4$/).waitFor();
  });
});

describe("usage", () => {
  test("tells what was made and delivered, of one's own tenant and of all", async () => {
    const { page } = visit;
    const job = await ended(stack.client, (await submit(stack.client, smallClip(), { preset: "mp3" })).id);
    const download = await fetch(`${stack.url}/api/v1/jobs/${job.id}/download`, {
      headers: { authorization: `Bearer ${stack.key}` },
    });
    const { byteLength } = await download.arrayBuffer();
    await expect.poll(async () => (await stack.client.usage.get()).total.deliveredBytes, within).toBe(byteLength);
    await openRoom(page, "Usage");
    const tile = (name: string) => page.locator(".tile", { hasText: name });
    await tile("Jobs").getByText("2 succeeded, 1 failed, 0 canceled").waitFor();
    await tile("Delivered")
      .getByText(/^\d+(\.\d)? kB/)
      .waitFor();
    await tile("Stored now")
      .getByText(/^3 sources, .*; 2 results, /)
      .waitFor();
    await page.getByLabel("Figure").selectOption("Jobs failed");
    await page
      .getByRole("table", { name: "Jobs failed by day" })
      .getByRole("cell", { name: "1", exact: true })
      .waitFor();
    await page.getByLabel("Period").selectOption("7 days");
    await page.getByRole("table", { name: "Usage by tenant" }).getByRole("row").nth(1).waitFor();
    await expectGoodPage(visit, "admin-usage");
  });
});

describe("the audit log", () => {
  test("tells of all that, is filtered, checked and saved", async () => {
    const { page } = visit;
    await openRoom(page, "Audit log");
    const log = page.getByRole("table", { name: "Audit log" });
    await log.getByText("webhook.rotate").waitFor();
    await expectGoodPage(visit, "admin-audit");
    await page.getByLabel("What", { exact: true }).selectOption("webhook.delete");
    await expect.poll(() => log.getByRole("row").count()).toBe(2);
    await log.getByRole("button", { name: /Show/ }).click();
    await page.locator(".audit-facts").getByText("webhook.delete").waitFor();
    await page.getByText("As it is stored").click();
    await page.getByRole("region", { name: "The line" }).getByText('"action": "webhook.delete"').waitFor();
    await visit.photograph("admin-audit-line");
    await page.keyboard.press("Escape");

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export" }).click(),
    ]);
    await page.getByText("audit.jsonl saved, 1 line.").waitFor();
    const lines = readFileSync(await download.path(), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => AuditRecord.parse(JSON.parse(line)).action)).toEqual(["webhook.delete"]);

    await page.getByLabel("To", { exact: true }).fill("2026-01-01");
    await page.getByRole("heading", { name: "No matching entries" }).waitFor();
    await expectGoodPage(visit, "admin-audit-nothing");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await log.getByText("webhook.rotate").waitFor();
    await page.getByRole("button", { name: "Check the chain" }).click();
    await page.getByText(/Intact: \d+ sealed lines/).waitFor();
    // On a phone, too, the room that one is in is seen, and that there are others beyond the edge.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator(".tabs.more-left").waitFor();
    const edges = `(({ left, right }) => left >= 0 && right <= innerWidth)(
      document.querySelector(".tab[aria-current]").getBoundingClientRect())`;
    await expect.poll(() => page.evaluate<boolean>(edges)).toBe(true);
    await visit.photograph("admin-audit-checked");
  });
});

// Last: what they change stands in the audit log, too.
describe("limits", () => {
  test("of a day are shown with what is used of them, and told where a job is refused", async () => {
    const { page } = visit;
    const { id: tenantId } = await stack.client.tenants.own();
    const later = { preset: "mp3", startAt: Date.now() + 3_600_000 };
    const { id } = await submit(stack.client, smallClip(), later);
    await stack.client.jobs.cancel(id);
    const { budget } = await stack.client.usage.get();
    const jobsPerDay = budget.jobs.used;
    await stack.client.tenants.update(tenantId, { budget: { jobsPerDay, bytesPerDay: 100_000_000 } });
    await openRoom(page, "Usage");
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("heading", { name: "Budget of today" }).waitFor();
    const figure = (name: string) => page.locator(".budget > div", { hasText: name });
    await figure("Jobs").getByText(`${jobsPerDay} of ${jobsPerDay}, used up`).waitFor();
    await figure("Bytes")
      .getByText(/\d (kB|MB) of 100 MB$/)
      .waitFor();
    expect(await figure("Minutes of work").count(), "what has no limit is not shown").toBe(0);
    await expectGoodPage(visit, "admin-usage-budget");

    await visit.open(`/jobs/${id}`);
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText(/asked for \d+ of \d+ jobs today/).waitFor();
    await stack.client.tenants.update(tenantId, { budget: { jobsPerDay: null, bytesPerDay: null } });
  });

  test("of what runs at once are told by the page of a job that waits", async () => {
    const { page } = visit;
    const { id: tenantId } = await stack.client.tenants.own();
    await stack.client.tenants.update(tenantId, { maxRunning: 1 });
    const running = await submit(stack.client, longClip(), slowJob);
    await reached(stack.client, running.id, encoding);
    const waiting = await submit(stack.client, smallClip(), { preset: "mp3" });
    await visit.open(`/jobs/${waiting.id}`);
    await page.getByText("Your tenant runs 1 of 1 tasks at once, all that it may").first().waitFor();
    await stack.client.tenants.update(tenantId, { maxRunning: null });
    expect((await ended(stack.client, waiting.id)).state).toBe("succeeded");
  });
});
