import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { ended, submit } from "../e2e/convert.ts";
import { headlessClip, smallClip, smallFilm } from "../support/clips.ts";
import { type Desk, openDesk } from "./desk.ts";
import type { Visit } from "./visit.ts";

/** Each page as it loads over a slow line, on a desk and in a hand: nothing moves by itself, and nothing lies beside the window. */
let desk: Desk;
let ids: { file: string; failed: string; stream: string; runner: string; webhook: string };
let token: string;

const latencyMs = 200;
/** "9 s ago" becomes wider with its tenth second, and moves the words behind it. */
const tickOfATime = 0.0005;
const email = "ada@example.com";
const password = "correct horse battery staple";

beforeAll(async () => {
  desk = await openDesk({ MAX_RETRIES: "0" });
  const { client, startRunner } = desk.stack;
  const { id: runner } = await startRunner({ env: { ENGINE_PATH: buildEngine() } });
  const jobOf = async (path: string, preset: string) => (await submit(client, path, { preset })).id;
  const [file, failed, stream] = await Promise.all([
    jobOf(smallClip(), "mp4-h264"),
    jobOf(await headlessClip(), "mp4-h264"),
    jobOf(smallFilm(), "hls-1080p"),
  ]);
  await Promise.all([file, failed, stream].map((id) => ended(client, id)));
  const { id: webhook } = await client.webhooks.create({ url: "https://example.com/hook", events: ["job.failed"] });
  ids = { file, failed, stream, runner, webhook };
  ({ token } = await client.jobs.playback(stream));
  await client.keys.create({ name: "night shift", role: "member" });
  const invitation = await client.invitations.create({ email, role: "admin" });
  await client.invitations.accept({ token: invitation.token ?? "", name: "Ada", password });
});

afterAll(async () => {
  await desk?.close();
});

describe.each(["desktop", "phone"] as const)("on a %s", (place) => {
  let visit: Visit;
  beforeAll(async () => {
    // A person, who has more of their own to see than a key.
    visit = await desk.visitor(place);
    const { page } = visit;
    await visit.open("/");
    await page.getByText("E-mail address", { exact: true }).click();
    await page.getByRole("textbox", { name: "E-mail address" }).fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await visit.slowDown(latencyMs);
  });
  afterAll(() => visit.close());

  test.each<[string, () => string]>([
    ["convert", () => "/"],
    ["the jobs", () => "/jobs"],
    ["a file", () => `/jobs/${ids.file}`],
    ["a stream", () => `/jobs/${ids.stream}`],
    ["a job that failed", () => `/jobs/${ids.failed}`],
    ["the fleet", () => "/fleet"],
    ["a runner", () => `/fleet/runners/${ids.runner}`],
    ["the dead letters", () => "/fleet/dead-letters"],
    ["a dead letter", () => `/fleet/dead-letters/${ids.failed}`],
    ["dead messages", () => "/fleet/messages"],
    ["users", () => "/admin/users"],
    ["keys", () => "/admin/keys"],
    ["webhooks", () => "/admin/webhooks"],
    ["a webhook", () => `/admin/webhooks/${ids.webhook}`],
    ["usage", () => "/admin/usage"],
    ["the audit log", () => "/admin/audit"],
    ["tenants", () => "/admin/tenants"],
    ["the account", () => "/account"],
    ["no such page", () => "/nowhere"],
    ["a film for other pages", () => `/embed/${token}`],
  ])("%s stays where it is", async (name, path) => {
    await visit.open(path());
    await visit.page.locator("main").waitFor();
    await visit.page.waitForLoadState("networkidle");
    expect(
      (await visit.moves()).filter(({ score }) => score > tickOfATime),
      name,
    ).toEqual([]);
    expect(await visit.hiddenWidth(), name).toBe(0);
    expect(visit.complaints, name).toEqual([]);
  });

  test("the sign-in stays where it is", async () => {
    const stranger = await desk.visitor(place);
    await stranger.slowDown(latencyMs);
    await stranger.open("/jobs");
    await stranger.page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    expect(await stranger.moves()).toEqual([]);
    expect(await stranger.hiddenWidth()).toBe(0);
    await stranger.close();
  });
});
