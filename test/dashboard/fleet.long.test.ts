import { createClient } from "@reelway/shared/client/client";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import type { Role } from "@reelway/shared/permissions";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hardwareText } from "../../edge/web/src/fleet/runners/hardware.ts";
import { idEnd } from "../../edge/web/src/parts/id-end.ts";
import { ended, slowJob, submit } from "../e2e/convert.ts";
import { breakableFfmpeg } from "../support/breakable-ffmpeg.ts";
import { longClip, smallClip } from "../support/clips.ts";
import { changeStoredRows } from "../support/stored-rows.ts";
import type { TestStack } from "../support/test-stack.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import { joinByLine } from "./joined-host.ts";
import type { Visit } from "./visit.ts";

/** Five failures in a row pause a preset. */
const untilPaused = 5;

let desk: Desk;
let stack: TestStack;
let visit: Visit;
const ffmpeg = breakableFfmpeg(folderOfFile("fleet"));
let endHost: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  desk = await openDesk({ MAX_RETRIES: "0", REELWAY_CRON_SECONDS: "1", LEASE_SECONDS: "10" });
  stack = desk.stack;
  visit = await adminOf(desk);
  // What moved on the page that one signs in to is not of these.
  await visit.open("/jobs");
});

afterAll(async () => {
  await endHost();
  await desk?.close();
});

const openFleet = () => visit.open("/fleet");
const runnerRow = () => visit.page.getByRole("row", { name: /rack-2-left/ });
const runnerCell = (title: string) => runnerRow().locator(`td[data-title="${title}"]`);
const small = { preset: "mp4-h264" };

/** A chart's figures as its table has them: of the line that is named, newest first. */
async function figuresOf(title: string, line: string): Promise<string[]> {
  const chart = visit.page.locator("figure", {
    has: visit.page.getByRole("heading", { name: title, exact: true }),
  });
  const isOpen = (await chart.getByRole("table").count()) > 0;
  if (!isOpen) await chart.getByText("Figures").click();
  const titles = await chart.getByRole("columnheader").allTextContents();
  const figures = await chart.locator(`tbody td:nth-of-type(${titles.indexOf(line)})`).allTextContents();
  if (!isOpen) await chart.getByText("Figures").click();
  return figures;
}

/** A visitor of their own, with a key of this role. */
async function visitorWith(role: Exclude<Role, "runner">, tenantId?: string): Promise<Visit> {
  const { secret } = await stack.client.keys.create({ name: role, role, ...(tenantId && { tenantId }) });
  const own = createClient({ url: stack.url, key: secret ?? "" });
  const visitor = await desk.visitor();
  await visitor.open((await own.auth.createSignInLink()).url);
  await visitor.page.getByRole("navigation", { name: "Main" }).waitFor();
  return visitor;
}

describe("the fleet", () => {
  test("says what to do where there is no runner yet, and makes a line that brings one", async () => {
    const { page } = visit;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Fleet" }).click();
    await page.getByRole("heading", { name: "No runners yet" }).waitFor();
    await page.locator("[data-region=enam]").getByText("Nobody works there, and nothing waits.").waitFor();
    await expectGoodPage(visit, "fleet-empty");

    await page.getByRole("button", { name: "Add a runner" }).first().click();
    await page.getByLabel("Labels").fill("Studio One");
    await page.getByText("can't be a label").waitFor();
    expect(await page.getByRole("button", { name: "Make a token" }).isDisabled()).toBe(true);
    await page.getByLabel("Labels").fill("studio");
    await expectGoodPage(visit, "fleet-add-runner");
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByLabel("Hardware").selectOption("NVIDIA");
    expect(await page.getByRole("region", { name: "Line for the host" }).textContent()).toContain("--gpus all");
    await expectGoodPage(visit, "fleet-join");
    await page.getByLabel("It runs").selectOption("From a checkout, to try it");
    const line = (await page.getByRole("region", { name: "Line for the host" }).textContent()) ?? "";
    await page.getByRole("button", { name: "Done" }).click();

    endHost = joinByLine(line, stack.dataDir, { FFMPEG_PATH: ffmpeg.path, CONCURRENCY: "1" });
    await runnerRow().getByText("Online").waitFor({ timeout: 120_000 });
    await page.locator("[data-region=enam]").getByText("Serving").waitFor();
    // It was good for one host.
    const token = /rwreg_\S+/.exec(line)?.[0];
    const body = JSON.stringify({ token, name: "second", region: "enam", protocol: 1, version: "1" });
    const headers = { "content-type": "application/json" };
    const again = await fetch(`${stack.url}/api/v1/runners/register`, { method: "POST", headers, body });
    expect(again.status).toBe(401);
  });

  test("shows who works on what, and how it goes over time", async () => {
    const { page } = visit;
    await openFleet();
    const job = await submit(stack.client, longClip(), slowJob);
    await runnerRow().getByText("1 of 1").waitFor({ timeout: 60_000 });
    const ofRegion = page.getByRole("region", { name: "North America, East" });
    const work = ofRegion.getByRole("row", { name: /rack-2-left/ }).getByRole("link", { name: "The whole job" });
    expect(await work.getAttribute("href")).toBe(`/jobs/${job.id}`);
    await runnerRow()
      .getByText(/^cores \d+ %/)
      .waitFor({ timeout: 60_000 });
    const [host] = (await stack.client.runners.list()).items;
    if (host === undefined) throw new Error("there is no runner");
    await expect.poll(() => runnerCell("Hardware").textContent()).toBe(hardwareText(host));
    expect(await runnerCell("Last failure").textContent()).toBe("none");
    await visit.photograph("fleet-at-work");
    await runnerRow().getByRole("link", { name: "rack-2-left" }).click();
    await page.getByRole("table", { name: "Works on" }).getByText(idEnd(job.id)).waitFor();
    const overview = page.getByRole("navigation", { name: "Fleet" }).getByRole("link", { name: "Overview" });
    expect(await overview.getAttribute("aria-current")).toBe("page");
    await page.getByText("Working on 1 task.").waitFor();
    await page.locator(".runner-facts dd", { hasText: /^studio$/ }).waitFor();
    await page.locator(".runner-facts dd", { hasText: /cores \d+ %, memory .* GB/ }).waitFor();
    await expectGoodPage(visit, "fleet-runner");
    expect((await ended(stack.client, job.id)).state).toBe("succeeded");
    await page.getByText("Nothing at the moment.").waitFor();

    await page.getByRole("link", { name: "Overview" }).click();
    await expect.poll(() => figuresOf("Tasks done", "Done")).toContain("1");
    await expect.poll(() => figuresOf("Film made", "Film")).toContainEqual(expect.stringMatching(/^[1-9]\d* s$/));
    await expect.poll(() => figuresOf("Queue", "Running")).toContain("1");
    await expect.poll(() => figuresOf("Queue", "Waiting")).toContainEqual(expect.stringMatching(/^\d+$/));
    for (const line of ["Half within", "95 % within"])
      await expect
        .poll(() => figuresOf("Waiting time", line))
        .toContainEqual(expect.stringMatching(/^[\d.:]+( ms| s)?$/));
    await expect.poll(() => figuresOf("Failure rate", "Failed")).toContain("0 %");
    const done = page.locator("figure", { has: page.getByRole("heading", { name: "Tasks done" }) });
    // By keyboard alone, and heard by a reader.
    const moment = done.getByRole("slider");
    await moment.focus();
    await page.keyboard.press("Home");
    expect(await moment.getAttribute("aria-valuenow")).toBe("0");
    expect(await moment.getAttribute("aria-valuetext")).toContain("Done –");
    await page.keyboard.press("End");
    expect(await moment.getAttribute("aria-valuetext")).toMatch(/so far: Done \d/);
    await expectGoodPage(visit, "fleet");
    for (const name of ["Last 24 hours", "Last 7 days", "Last 30 days"]) {
      await page.getByLabel("Time of the charts").selectOption(name);
      await page.locator(".history[aria-busy=false]").waitFor();
      await visit.photograph(`fleet-${name.toLowerCase().replaceAll(" ", "-")}`);
    }
    await page.getByLabel("Time of the charts").selectOption("Last hour");
  });

  test("drains a runner: a new job waits and says why; resumed, the runner takes it", async () => {
    const { page } = visit;
    await openFleet();
    await runnerRow().getByRole("button", { name: "Drain rack-2-left" }).click();
    await page.getByRole("dialog").getByText("takes nothing new until it is resumed").waitFor();
    await expectGoodPage(visit, "fleet-drain-dialog");
    await page.getByRole("button", { name: "Drain it" }).click();
    await runnerRow().getByText("Drained").waitFor();
    await page.locator("[data-region=enam]").getByText("No runner").waitFor();

    const job = await submit(stack.client, smallClip(), small);
    await page.locator("[data-region=enam]").getByText("Its only runner is drained: resume it, or add one.").waitFor();
    await expectGoodPage(visit, "fleet-drained");
    await visit.open(`/jobs/${job.id}`);
    await page.getByText("No runner is online in its region").waitFor();
    expect((await stack.client.jobs.get(job.id)).state).toBe("queued");
    await openFleet();
    await runnerRow().getByRole("button", { name: "Resume rack-2-left" }).click();
    await page.getByRole("button", { name: "Resume it" }).click();
    await runnerRow().getByText("Online").waitFor();
    expect((await ended(stack.client, job.id)).state).toBe("succeeded");
  });

  test("changes a runner's labels and how many tasks it works on, while it works", async () => {
    const { page } = visit;
    await openFleet();
    await runnerRow().getByRole("link", { name: "rack-2-left" }).click();
    await page.getByRole("button", { name: "Change rack-2-left" }).click();
    await page.getByLabel("Tasks at once").fill("many");
    expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await page.getByLabel("Tasks at once").fill("2");
    await page.getByLabel("Labels").fill("studio, vault");
    await expectGoodPage(visit, "fleet-change-runner");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".runner-facts dd", { hasText: /^studio, vault$/ }).waitFor();
    const id = page.url().split("/").at(-1) ?? "";
    // The host has two cores or more, and says itself that it takes two from now on.
    await expect.poll(async () => (await stack.client.runners.get(id)).slots, { timeout: 60_000 }).toBe(2);
    await stack.client.runners.update(id, { slots: null, labels: ["studio"] });
    await expect.poll(async () => (await stack.client.runners.get(id)).slots, { timeout: 60_000 }).toBe(1);
  });

  test("takes a region out of use with a reason, and into use again", async () => {
    const { page } = visit;
    await openFleet();
    const card = page.locator("[data-region=apac]");
    await card.getByRole("button", { name: "Drain Asia-Pacific" }).click();
    expect(await page.getByRole("button", { name: "Drain it" }).isDisabled()).toBe(true);
    await page.getByLabel("Why").fill("new hosts");
    await visit.photograph("fleet-drain-region");
    await page.getByRole("button", { name: "Drain it" }).click();
    await card.getByText("Drained", { exact: true }).waitFor();
    await card.getByText("new hosts.").waitFor();
    const report = async () => (await stack.client.regions.list()).items.find(({ id }) => id === "apac");
    expect((await report())?.operation?.drainReason).toBe("new hosts");
    await card.getByRole("button", { name: "Resume Asia-Pacific" }).click();
    await page.getByRole("button", { name: "Resume it" }).click();
    await card.getByText("Nobody works there, and nothing waits.").waitFor();
    expect((await report())?.state).toBe("serving");
  });
});

describe("what failed for good", () => {
  test("is listed with its cause and its log; chosen ones are run again, others put away", async () => {
    const { page } = visit;
    await openFleet();
    await page.getByRole("navigation", { name: "Fleet" }).getByRole("link", { name: "Dead letters" }).click();
    await page.getByRole("heading", { name: "No dead letters" }).waitFor();
    await expectGoodPage(visit, "dead-letters-none");
    ffmpeg.break();
    const failed = [];
    for (let count = 0; count < untilPaused; count++) {
      const job = await submit(stack.client, smallClip(), small);
      expect(await ended(stack.client, job.id)).toMatchObject({ state: "failed", error: { code: "encode_failed" } });
      failed.push(job.id);
    }
    await page.getByRole("button", { name: "Refresh" }).click();
    const rows = page.getByRole("table", { name: "Dead letters" }).getByRole("row");
    await expect.poll(() => rows.count()).toBe(1 + untilPaused);
    const causes = await page.getByLabel("Cause").getByRole("option").allTextContents();
    expect(causes).toEqual(
      expect.arrayContaining(["The URL may not be used", "A chunk of the stream does not fit the others"]),
    );
    await page.getByLabel("Cause").selectOption("The file is not readable media");
    await page.getByRole("heading", { name: "No matching dead letters" }).waitFor();
    expect(await page.getByRole("button", { name: "Replay all" }).count(), "nothing is there to replay").toBe(0);
    await visit.photograph("dead-letters-nothing-found");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await expect.poll(() => rows.count()).toBe(1 + untilPaused);
    await page.getByLabel("Preset").selectOption("mp4-h264");
    await expect.poll(() => rows.count()).toBe(1 + untilPaused);
    const [first = "", second = "", third = ""] = failed;
    await page.getByLabel(`Choose small.mp4 ${idEnd(first)}`).check();
    await page.getByLabel(`Choose small.mp4 ${idEnd(second)}`).check();
    await page.getByText("2 jobs chosen").waitFor();
    await page.getByLabel("2 jobs chosen").check();
    await page.getByLabel(`${untilPaused} jobs chosen`).uncheck();
    await page.getByLabel("Choose all").waitFor();
    await page.getByLabel(`Choose small.mp4 ${idEnd(first)}`).check();
    await page.getByLabel(`Choose small.mp4 ${idEnd(second)}`).check();
    await expectGoodPage(visit, "dead-letters");

    await rows
      .filter({ has: page.getByLabel(`Choose small.mp4 ${idEnd(third)}`) })
      .getByRole("link")
      .click();
    await page.getByRole("heading", { name: "small.mp4" }).waitFor();
    await page.getByText("Attempt 1").waitFor();
    await page.getByText("The end of the log", { exact: true }).first().click();
    await page.getByText("the driver is broken").first().waitFor();
    await expectGoodPage(visit, "dead-letter");
    await page.getByText("See it fail on your own machine").first().click();
    await page
      .getByText(/^ffmpeg -nostdin .* -i file:source /)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByText("small.mp4 is discarded.").waitFor();
    await page.getByRole("link", { name: "rack-2-left" }).click();
    await expect.poll(() => page.getByRole("table", { name: "Last failures" }).getByText(idEnd(third)).count()).toBe(1);
    await expectGoodPage(visit, "fleet-runner-failures");

    await openFleet();
    await page.getByRole("table", { name: "Paused for failing" }).getByText("Preset MP4, H.264").waitFor();
    await page.getByRole("table", { name: "Paused for failing" }).getByText("of default").waitFor();
    await page.getByRole("table", { name: "Paused for failing" }).getByText("North America, East").waitFor();
    await runnerCell("Last failure").getByText(errorCatalogue.encode_failed.title).waitFor();
    await expect.poll(() => figuresOf("Failure rate", "Failed")).toContainEqual(expect.stringMatching(/^[1-9]\d* %$/));
    await expectGoodPage(visit, "fleet-paused");
    ffmpeg.mend();
    await page.getByRole("button", { name: /^Try again now with/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Try again now" }).click();
    await expect.poll(() => page.getByRole("table", { name: "Paused for failing" }).count()).toBe(0);

    await page.getByRole("navigation", { name: "Fleet" }).getByRole("link", { name: "Dead letters" }).click();
    await expect.poll(() => rows.count()).toBe(untilPaused);
    await page.getByLabel(`Choose small.mp4 ${idEnd(first)}`).check();
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await page.getByRole("dialog").getByText("small.mp4. It is run again from the start").waitFor();
    await visit.photograph("dead-letters-replay");
    await page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
    await page.getByText("1 job replayed.").waitFor();
    await expect.poll(() => rows.count()).toBe(untilPaused - 1);
    expect(await ended(stack.client, first)).toMatchObject({ state: "succeeded", run: 2 });
    await page.getByRole("button", { name: "Replay all…" }).click();
    // What was counted is what is run again; and while that goes on, nothing takes the question away.
    await page.getByRole("heading", { name: `Replay ${untilPaused - 2} jobs?` }).waitFor();
    await page.getByText("All that are not discarded, on every page of the list.").waitFor();
    await visit.photograph("dead-letters-replay-all");
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route("**/api/v1/dead-letters/replay", (route) => held.then(() => route.continue()));
    await page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
    const replaying = page.getByRole("button", { name: "Replaying…" });
    expect(await replaying.isDisabled()).toBe(true);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Replaying…");
    await visit.photograph("dead-letters-replaying");
    goOn();
    await page.getByText(`${untilPaused - 2} jobs replayed.`).waitFor();
    await page.unroute("**/api/v1/dead-letters/replay");
    await page.getByRole("heading", { name: "No dead letters" }).waitFor();
    for (const id of failed.filter((one) => one !== third))
      expect(await ended(stack.client, id)).toMatchObject({ state: "succeeded", run: 2 });
    await page.getByLabel("Kept or discarded").selectOption("Discarded");
    await page.getByLabel(`Choose small.mp4 ${idEnd(third)}`).waitFor();
    expect((await stack.client.jobs.get(third)).state).toBe("failed");
  });

  test("of the installation's own messages too: sent once more, or discarded", async () => {
    const { page } = visit;
    stack.killControlPlane();
    await stack.restartControlPlane({
      beforeStart: () => {
        for (const id of ["1", "2"])
          changeStoredRows(
            stack.dataDir,
            "INSERT INTO dead_messages (id, queue, body, attempts, createdAt) VALUES (?, ?, ?, 6, ?)",
            `message-${id}`,
            "reelway-jobs-enam-dead",
            JSON.stringify({ outboxId: 1 }),
            Date.now(),
          );
      },
    });
    await openFleet();
    await page.getByRole("navigation", { name: "Fleet" }).getByRole("link", { name: "Dead messages" }).click();
    const rows = page.getByRole("table", { name: "Dead messages" }).getByRole("row");
    await expect.poll(() => rows.count()).toBe(3);
    await expectGoodPage(visit, "dead-messages");
    await rows.getByRole("button", { name: "Send again" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await rows.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
    await page.getByRole("heading", { name: "No dead messages" }).waitFor();
    expect((await stack.client.deadMessages.list()).items).toEqual([]);
    await expectGoodPage(visit, "dead-messages-none");
  });
});

describe("who sees it", () => {
  test("a member of the installation's tenant looks, is told why they may not act, and has no buttons for it", async () => {
    const member = await visitorWith("member");
    await member.open("/fleet");
    await member.page.getByText("You may look, and not act.").waitFor();
    for (const name of ["Drain rack-2-left", "Drain North America, East", "Add a runner"])
      expect(await member.page.getByRole("button", { name }).count(), name).toBe(0);
    await expectGoodPage(member, "fleet-look-only");
    await member.close();
  });

  test("a viewer and another tenant see no fleet; a tenant finds its own dead letters at its jobs", async () => {
    const viewer = await visitorWith("viewer");
    await viewer.open("/fleet");
    await viewer.page.getByRole("heading", { name: "This is not for your role" }).waitFor();
    expect(await viewer.page.getByRole("link", { name: "Fleet" }).count()).toBe(0);
    await viewer.open("/fleet/dead-letters?discarded=true");
    await viewer.page.getByText("Replaying and discarding need a member").waitFor();
    await viewer.page.getByRole("table", { name: "Dead letters" }).waitFor();
    await viewer.page.getByRole("heading", { name: "Dead letters", level: 1 }).waitFor();
    const jobs = viewer.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Jobs" });
    expect(await jobs.getAttribute("aria-current")).toBe("page");
    await expectGoodPage(viewer, "dead-letters-look-only");
    await viewer.page.getByRole("table", { name: "Dead letters" }).getByRole("link").click();
    expect(await viewer.page.getByRole("button", { name: "Replay" }).isDisabled()).toBe(true);
    await viewer.open("/fleet");
    await viewer.page.getByRole("heading", { name: "This is not for your role" }).waitFor();
    await viewer.page.getByRole("heading", { name: "Fleet", level: 1 }).waitFor();
    await expectGoodPage(viewer, "fleet-not-for-you");
    await viewer.close();

    const tenant = await stack.client.tenants.create({ name: "another" });
    const stranger = await visitorWith("member", tenant.id);
    await stranger.open("/jobs");
    await stranger.page.getByRole("link", { name: "Dead letters" }).click();
    // Those of others are not there, discarded or not.
    await stranger.page.getByRole("heading", { name: "No dead letters" }).waitFor();
    await stranger.page.getByLabel("Kept or discarded").selectOption("Discarded");
    await stranger.page.getByRole("heading", { name: "No discarded jobs" }).waitFor();
    expect(await stranger.page.getByRole("link", { name: "Fleet" }).count()).toBe(0);
    await expectGoodPage(stranger, "dead-letters-of-a-tenant");
    await stranger.close();
  });

  test("what can't be read is said, and read again", async () => {
    const { page } = visit;
    const ofRegions = /\/api\/v1\/regions(\/history.*)?$/;
    await page.route(ofRegions, (route) => route.abort("connectionrefused"));
    await openFleet();
    const alerts = page.getByRole("alert");
    await expect.poll(() => alerts.count(), { timeout: 60_000 }).toBe(2);
    expect(await page.locator(".region-card-wait, .history-wait").count(), "nothing is on its way").toBe(0);
    await visit.photograph("fleet-failure");
    visit.complaints.length = 0;
    // Both are read again by themselves, too: whichever comes first.
    const again = page.getByRole("button", { name: "Try again" }).first();
    await again.waitFor();
    await page.unroute(ofRegions);
    await again.click({ timeout: 5_000 }).catch(() => page.locator("[data-region=enam]").waitFor());
    await expect.poll(() => alerts.count(), { timeout: 60_000 }).toBe(0);
    await page.locator("[data-region=enam]").getByText("Serving").waitFor();
  });
});
