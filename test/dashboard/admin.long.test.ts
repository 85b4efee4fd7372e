import { createClient } from "@reelway/shared/client/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRoom, row, shownSecret } from "./admin-rooms.ts";
import { adminOf, type Desk, openDesk } from "./desk.ts";
import { expectGoodPage } from "./good-page.ts";
import type { Visit } from "./visit.ts";

/** People, keys and tenants: who may do what, and what they see of it. */
let desk: Desk;
let visit: Visit;

beforeAll(async () => {
  desk = await openDesk();
  visit = await adminOf(desk);
});

afterAll(async () => {
  await desk?.close();
});

const within = { timeout: 60_000, interval: 250 };
const clientWith = (key: string) =>
  createClient({ url: desk.stack.url, key, retry: { retries: 0, baseMs: 1, maxMs: 1 } });

describe("API keys", () => {
  test("a key is made with some rights, shown once, does what it may, and is refused when it is revoked", async () => {
    const { page } = visit;
    await openRoom(page, "API keys");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Name").fill("night shift");
    await page.getByLabel("Expires").selectOption("In 30 days");
    await page.getByText("Only some of the role's rights").click();
    await page.getByLabel("jobs:write").uncheck();
    await expectGoodPage(visit, "admin-key-dialog");
    await page.getByRole("button", { name: "Make the key" }).click();
    const secret = await shownSecret(page, "API key");
    expect(secret).toMatch(/^rw_/);
    await expectGoodPage(visit, "admin-key-secret");
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row(page, /night shift/)
      .getByText("Active")
      .waitFor();
    expect(await page.content()).not.toContain(secret);

    const own = clientWith(secret);
    expect((await own.jobs.list()).items).toEqual([]);
    await expect(own.jobs.create({ assetId: "ast_x", preset: "mp3" })).rejects.toMatchObject({ code: "forbidden" });
    await page.reload();
    await row(page, /night shift/)
      .getByText("just now")
      .first()
      .waitFor();
    await expectGoodPage(visit, "admin-keys");

    await row(page, /night shift/)
      .getByRole("button", { name: "Revoke night shift" })
      .click();
    await page.getByRole("dialog").getByText("refused everywhere within 30 seconds").waitFor();
    await visit.photograph("admin-key-revoke");
    await page.getByRole("button", { name: "Revoke it" }).click();
    await row(page, /night shift/)
      .getByText("Revoked")
      .waitFor();
    await expect(own.jobs.list()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("the last key that can make keys stays, and the page says why", async () => {
    const { page } = visit;
    const last = row(page, /bootstrap/i);
    await last.getByRole("button", { name: /Revoke/ }).click();
    await page.getByRole("button", { name: "Revoke it" }).click();
    await page.getByRole("dialog").getByRole("alert").getByText("last_admin_key").waitFor({ state: "attached" });
    await visit.photograph("admin-key-refused");
    await page.keyboard.press("Escape");
    await last.getByText("Active").waitFor();
  });
});

describe("users", () => {
  let ada: Visit;
  const password = "correct horse battery staple";
  const signInAs = async (who: Visit, with_: string) => {
    await who.open("/");
    await who.page.getByText("E-mail address", { exact: true }).click();
    await who.page.getByRole("textbox", { name: "E-mail address" }).fill("ada@example.com");
    await who.page.getByLabel("Password").fill(with_);
    await who.page.getByRole("button", { name: "Sign in" }).click();
  };

  test("somebody is invited, joins by the link, and sees nothing that is not for their role", async () => {
    const { page } = visit;
    await openRoom(page, "Users");
    await expectGoodPage(visit, "admin-users-empty");
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("E-mail address").fill("ada@example.com");
    await page.getByLabel("Role").selectOption("Viewer: looks");
    await expectGoodPage(visit, "admin-invite-dialog");
    await page.getByRole("button", { name: "Make the link" }).click();
    const link = await shownSecret(page, "Link");
    await visit.photograph("admin-invite-link");
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row(page, /ada@example.com.*join as viewer/)
      .getByText("Open")
      .waitFor();

    ada = await desk.visitor();
    await ada.open(link);
    await ada.page.getByRole("heading", { name: "Welcome" }).waitFor();
    expect(ada.page.url()).not.toContain("rwinv");
    await ada.page.getByLabel("Your name").fill("Ada");
    await ada.page.getByLabel("Password").fill("too short");
    expect(await ada.page.getByRole("button", { name: "Join" }).isDisabled()).toBe(true);
    await expectGoodPage(ada, "invitation");
    await ada.page.getByLabel("Password").fill(password);
    await ada.page.getByRole("button", { name: "Join" }).click();

    // A viewer comes to the jobs, and to no other room.
    await ada.page.getByRole("heading", { name: "No jobs yet" }).waitFor();
    expect(await ada.page.getByRole("navigation", { name: "Main" }).getByRole("link").allTextContents()).toEqual([
      "Jobs",
    ]);
    await expectGoodPage(ada, "jobs-of-viewer");
    await ada.open("/admin/users");
    await ada.page.getByRole("heading", { name: "This is not for your role" }).waitFor();
    await expectGoodPage(ada, "admin-refused");
    expect(await ada.page.evaluate("fetch('/api/v1/users').then(({ status }) => status)")).toBe(403);

    // The link was good once.
    const second = await desk.visitor();
    await second.open(link);
    await second.page.getByLabel("Your name").fill("Eve");
    await second.page.getByLabel("Password").fill(password);
    await second.page.getByRole("button", { name: "Join" }).click();
    await second.page.getByRole("alert").getByText("invitation_refused").waitFor({ state: "attached" });
    await second.close();
  });

  test("people look after themselves: a key of their own, another password, the end of a sign-in elsewhere", async () => {
    const { page } = ada;
    await page.getByRole("link", { name: "Account" }).click();
    await page.getByRole("heading", { name: "Your API keys" }).waitFor();
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Name").fill("laptop");
    await page.getByRole("button", { name: "Make the key" }).click();
    const secret = await shownSecret(page, "API key");
    await page.getByRole("button", { name: "I have kept it" }).click();
    expect((await clientWith(secret).jobs.list()).items).toEqual([]);

    const elsewhere = await desk.visitor();
    await signInAs(elsewhere, password);
    await elsewhere.page.getByRole("heading", { name: "No jobs yet" }).waitFor();
    await page.reload();
    await expect.poll(() => page.getByRole("table", { name: "Sign-ins" }).getByRole("row").count()).toBe(3);
    await row(page, /laptop/).waitFor();
    await expectGoodPage(ada, "account");
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect.poll(() => page.getByRole("table", { name: "Sign-ins" }).getByRole("row").count()).toBe(2);
    await expect
      .poll(() => elsewhere.page.evaluate("fetch('/api/v1/jobs').then(({ status }) => status)"), within)
      .toBe(401);
    await elsewhere.close();

    await page.getByLabel("Current password").fill("not this one at all");
    await page.getByLabel("New password").fill("another horse, another staple");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("It is not your password.").waitFor();
    await ada.photograph("account-refused");
    await page.getByLabel("Current password").fill(password);
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("The password is changed").waitFor();
    const again = await desk.visitor();
    await signInAs(again, password);
    await again.page.getByRole("alert").getByText("login_refused").waitFor({ state: "attached" });
    await again.close();
  });

  test("an admin changes a role, which ends the sign-ins, and disables somebody", async () => {
    const { page } = visit;
    await openRoom(page, "Users");
    await row(page, /ada@example.com.*Active/)
      .getByRole("button", { name: /Change/ })
      .click();
    await page.getByLabel("Role").selectOption("Member: converts");
    await page.getByText("signs them out everywhere").waitFor();
    await expectGoodPage(visit, "admin-user-dialog");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, /ada@example.com.*member.*Active/).waitFor();
    await ada.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Jobs" }).click();
    await ada.page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();

    // A link to a new password, and what a member sees of Admin.
    await row(page, /ada@example.com.*Active/)
      .getByRole("button", { name: /Change/ })
      .click();
    await page.getByRole("button", { name: "Link to a new password" }).click();
    const link = await shownSecret(page, "Link");
    await page.getByRole("button", { name: "I have kept it" }).click();
    await ada.open(link);
    await ada.page.getByLabel("Password").fill("a third horse, a third staple");
    await expectGoodPage(ada, "password-reset");
    await ada.page.getByRole("button", { name: "Choose it" }).click();
    await ada.page.getByText("The password is changed").waitFor();
    await signInAs(ada, "a third horse, a third staple");
    await ada.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" }).click();
    const tabs = ada.page.getByRole("navigation", { name: "Admin" }).getByRole("link");
    await expect.poll(() => tabs.allTextContents()).toEqual(["Webhooks", "Usage"]);

    await row(page, /ada@example.com.*Active/)
      .getByRole("button", { name: /Change/ })
      .click();
    await page.getByText("May sign in").click();
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, /ada@example.com.*Disabled/).waitFor();
    await expectGoodPage(visit, "admin-users");
    await expect.poll(() => ada.page.evaluate("fetch('/api/v1/jobs').then(({ status }) => status)"), within).toBe(401);
    await ada.close();
  });
});

describe("tenants", () => {
  test("a tenant is made and changed, and its people and keys are looked after from here", async () => {
    const { page } = visit;
    await openRoom(page, "Tenants");
    await page.getByRole("button", { name: "New tenant" }).click();
    await page.getByLabel("Name").fill("Nordlicht Film");
    await page.getByLabel("Days that outputs are kept").fill("30");
    await page.getByLabel("Tasks at once").fill("2");
    await page.getByLabel("Jobs a day").fill("40");
    await page.getByLabel("Gigabytes a day").fill("1.5");
    await page.getByText("Only in some regions").click();
    await page.getByRole("checkbox").nth(1).uncheck();
    await expectGoodPage(visit, "admin-tenant-dialog");
    await page.getByRole("button", { name: "Make it" }).click();
    await row(page, /Nordlicht Film.*30 days.*2 tasks.*40 jobs, 1.5 GB/).waitFor();
    await expectGoodPage(visit, "admin-tenants");
    await row(page, /Nordlicht Film/)
      .getByRole("link", { name: "keys" })
      .click();
    await page.getByText("You look at the tenant Nordlicht Film.").waitFor();
    await page.getByRole("heading", { name: "No API keys" }).waitFor();
    await expectGoodPage(visit, "admin-keys-of-tenant");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Name").fill("theirs");
    await page.getByRole("button", { name: "Make the key" }).click();
    const secret = await shownSecret(page, "API key");
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row(page, /theirs/).waitFor();
    const nordlicht = (await desk.stack.client.tenants.list()).items.find(({ name }) => name === "Nordlicht Film");
    expect(nordlicht).toMatchObject({
      maxRunning: 2,
      budget: { jobsPerDay: 40, workMinutesPerDay: null, bytesPerDay: 1_500_000_000 },
    });
    expect((await clientWith(secret).auth.me()).tenantId).toBe(nordlicht?.id);
    await page.getByRole("link", { name: "Back to your own" }).click();
    await row(page, /bootstrap/i).waitFor();
  });
});
