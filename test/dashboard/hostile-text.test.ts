import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ended } from "../e2e/convert.ts";
import { headlessClip, smallClip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import type { TestStack } from "../support/test-stack.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import type { Visit } from "./visit.ts";

/** What people, files and hosts may be called is text on every page: nothing runs, nothing is fetched, nothing is pushed aside. */

/** Markup, what frameworks fill in, letters that run the other way, and no place to break a line. */
const hostile = `"><img src=x onerror=pwned()><script>pwned()</script>\${pwned()}{{pwned()}}אבג`.padEnd(100, "W");
/** The same where a text may be longer. */
const long = hostile.padEnd(200, "M");

let desk: Desk;
let stack: TestStack;
let visit: Visit;
let jobs: { done: string; failed: string };
let webhookId: string;
let runnerId: string;
let tenantId: string;
/** Whatever a page asked for that it should not have, and each call of `pwned`. */
const strange: string[] = [];

beforeAll(async () => {
  desk = await openDesk();
  stack = desk.stack;
  await stack.startRunner({ env: { RUNNER_NAME: hostile } });
  const { client } = stack;

  const job = async (path: string) => {
    const { id: assetId } = await client.assets.upload({
      ...(await fileSource(path)),
      name: hostile.replaceAll("/", ""),
    });
    const { id } = await client.jobs.create({
      assetId,
      preset: "mp3",
      metadata: { title: long },
    });
    await ended(client, id);
    return id;
  };
  jobs = { done: await job(smallClip()), failed: await job(await headlessClip()) };
  await client.keys.create({ name: hostile, role: "viewer" });
  tenantId = (await client.tenants.create({ name: hostile })).id;
  webhookId = (await client.webhooks.create({ url: `https://example.com/?${encodeURI(hostile)}`, description: long }))
    .id;
  runnerId = (await client.runners.list()).items[0]?.id ?? "";
  await client.regions.drain("weur", { reason: long });

  visit = await adminOf(desk);
  const { page } = visit;
  await page.exposeFunction("pwned", () => strange.push("pwned"));
  page.on("dialog", (dialog) => {
    strange.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin !== stack.url || pathname.endsWith("/x")) strange.push(request.url());
  });
});

afterAll(async () => {
  await desk?.close();
});

describe("a page that shows", () => {
  test.each([
    ["jobs", () => "/jobs"],
    ["a finished job", () => `/jobs/${jobs.done}`],
    ["a failed job", () => `/jobs/${jobs.failed}`],
    ["the fleet", () => "/fleet"],
    ["a runner", () => `/fleet/runners/${runnerId}`],
    ["dead letters", () => "/fleet/dead-letters"],
    ["keys", () => "/admin/keys"],
    ["webhooks", () => "/admin/webhooks"],
    ["a webhook", () => `/admin/webhooks/${webhookId}`],
    ["tenants", () => "/admin/tenants"],
    ["a tenant's keys", () => `/admin/keys?tenant=${tenantId}`],
    ["usage", () => "/admin/usage"],
  ])("%s shows it as text, and stays as wide as the window", async (name, path) => {
    const { page } = visit;
    await visit.open(path());
    await expect.poll(() => page.locator("main").textContent(), { message: name }).toContain("onerror=pwned()");
    expect(await page.locator("img[src='x'], main script").count()).toBe(0);
    expect(await visit.hiddenWidths(), name).toEqual({ desktop: 0, phone: 0 });
    await visit.photograph(`hostile-${name.replaceAll(" ", "-").replaceAll("'", "")}`);
    expect([strange, visit.complaints]).toEqual([[], []]);
  });
});
