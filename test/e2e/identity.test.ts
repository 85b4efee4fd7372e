import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createClient } from "@reelway/shared/client/client";
import { AuditVerification } from "@reelway/shared/contracts/audit";
import { SessionTokens } from "@reelway/shared/contracts/session";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestStack, type TestStack } from "../support/test-stack.ts";

const launcher = resolve(import.meta.dirname, "../../bin/reelway");
const password = "correct horse battery staple";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { REELWAY_CRON_SECONDS: "1" } });
});
afterAll(() => stack.stop());

/** The CLI as a process; what it asks for comes by stdin, and no secret by its arguments. */
function reelway(
  args: readonly string[],
  { stdin = "", key = "" } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { PATH } = process.env;
  const env = { PATH, HOME: stack.dataDir, REELWAY_URL: stack.url, ...(key ? { REELWAY_API_KEY: key } : {}) };
  const child = spawn(launcher, args, { env, cwd: stack.dataDir, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // Left open, as a terminal or a supervisor would: the CLI must end all the same.
  child.stdin.write(stdin);
  return new Promise((done, fail) => child.on("error", fail).on("close", (code) => done({ code, stdout, stderr })));
}

test("a person is invited, signs in, is demoted and gone, all by the CLI, and the log of it verifies", async () => {
  const tenant = await stack.client.tenants.create({ name: "Studio" });
  const invited = await reelway(
    ["invitations", "create", "Ada@Example.com", "--role", "admin", "--tenant", tenant.id],
    {
      key: stack.key,
    },
  );
  expect(invited).toMatchObject({ code: 0, stdout: expect.stringMatching(/^rwinv_local_\S+\n$/) });
  const accepted = await reelway(["invitations", "accept", "--name", "Ada"], {
    stdin: `${invited.stdout}${password}\n`,
  });
  expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining("ada@example.com  admin") });

  const wrong = await reelway(["auth", "login", "ada@example.com"], { stdin: "not her password\n" });
  expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([
    3,
    "",
    expect.stringContaining("E-mail address or password is wrong"),
  ]);
  const login = await reelway(["auth", "login", "ada@example.com", "--json"], { stdin: `${password}\n` });
  const tokens = SessionTokens.parse(JSON.parse(login.stdout));
  const whoami = await reelway(["auth", "whoami"], { key: tokens.accessToken });
  expect(whoami.stdout).toContain(`tenant  ${tenant.id}`);
  const ada = createClient({ url: stack.url, key: tokens.accessToken });
  expect((await ada.jobs.list()).items).toEqual([]);
  await expect(ada.runners.list()).rejects.toMatchObject({ code: "forbidden" });
  expect(await ada.tenants.own()).toMatchObject({ id: tenant.id, allowedRegions: null });

  const updated = await reelway(["tenants", "update", tenant.id, "--regions", "weur,apac", "--output-days", "30"], {
    key: stack.key,
  });
  expect(updated.stdout).toContain("regions  weur apac");
  const key = await reelway(["keys", "create", "narrow", "--role", "admin", "--scopes", "jobs:read", "--json"], {
    key: tokens.accessToken,
  });
  expect(JSON.parse(key.stdout)).toMatchObject({ scopes: ["jobs:read"], makerId: tokens.user.id });
  expect((await reelway(["users", "ls"], { key: tokens.accessToken })).stdout).toContain("ada@example.com");
  const sessions = await reelway(["auth", "sessions", "ls"], { key: tokens.accessToken });
  expect(sessions.stdout).toContain(`${tokens.sessionId} *`);

  const refreshed = await reelway(["auth", "refresh", "--json"], { stdin: `${tokens.refreshToken}\n` });
  expect(SessionTokens.parse(JSON.parse(refreshed.stdout)).sessionId).toBe(tokens.sessionId);
  const disabled = await reelway(["users", "update", tokens.user.id, "--disable", "--tenant", tenant.id], {
    key: stack.key,
  });
  expect(disabled.stdout).toContain("disabled");
  await expect(ada.jobs.list()).rejects.toMatchObject({ code: "unauthenticated" });

  const log = await reelway(["audit", "ls", "--tenant", tenant.id, "--all"], { key: stack.key });
  for (const action of ["invitation.accept", "session.refuse", "session.create", "key.create", "user.disable"])
    expect(log.stdout).toContain(action);
  await expect
    .poll(async () => (await stack.client.audit.verify()).verifiedTo, { timeout: 60_000, interval: 500 })
    .toBeGreaterThan(5);
  const verified = await reelway(["audit", "verify", "--json"], { key: stack.key });
  expect(AuditVerification.parse(JSON.parse(verified.stdout))).toMatchObject({ intact: true, broken: null });
  for (const { stdout } of [log, whoami, sessions]) expect(stdout).not.toContain(password);
}, 120_000);

test("sessions outlive a control plane that is killed", async () => {
  const invitation = await stack.client.invitations.create({ email: "eve@example.com", role: "viewer" });
  const open = createClient({ url: stack.url });
  await open.invitations.accept({ token: invitation.token ?? "", name: "Eve", password });
  const tokens = await open.auth.login({ email: "eve@example.com", password });
  stack.killControlPlane();
  await stack.restartControlPlane();
  expect((await createClient({ url: stack.url, key: tokens.accessToken }).auth.me()).email).toBe("eve@example.com");
  expect((await open.auth.refresh(tokens.refreshToken)).sessionId).toBe(tokens.sessionId);
}, 120_000);
