import { join } from "node:path";
import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { createClient } from "@reelway/shared/client/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { newTenant } from "../support/new-tenant.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
});
afterAll(() => stack.stop());

test("a tenant is stopped by its budget, told which figure and until when, and goes on when it is given more", async () => {
  const { tenantId, key } = await newTenant(stack, "Budgeted");
  const theirs = cliIn({ ...stack, key });
  const admin = cliIn(stack);
  const { stdout } = await admin.run(
    "tenants",
    "update",
    tenantId,
    "--jobs-per-day",
    "2",
    "--bytes-per-day",
    "50000000",
  );
  expect(stdout).toContain("a day    2 jobs, 50.0 MB");

  const convert = () =>
    theirs.run("convert", smallClip(), "--preset", "mp3", "--out", join(theirs.folder, "out.mp3"), "--force");
  for (let job = 0; job < 2; job++) expect((await convert()).code).toBe(0);
  const beyond = await convert();
  expect(beyond.code).not.toBe(0);
  expect(beyond.stderr).toMatch(/asked for 2 of 2 jobs today, .* begins anew at \d{4}-\d\d-\d\dT00:00:00/);
  const { budget } = await createClient({ url: stack.url, key }).usage.get();
  expect(budget).toMatchObject({ jobs: { used: 2, limit: 2 }, bytes: { limit: 50_000_000 } });
  expect(budget.bytes.used, "what was uploaded and made").toBeGreaterThan(0);
  expect(budget.workMinutes.used).toBeGreaterThan(0);

  await admin.run("tenants", "update", tenantId, "--bytes-per-day", "1");
  expect((await convert()).stderr, "not even the upload").toMatch(/of 1 bytes today/);
  await admin.run("tenants", "update", tenantId, "--jobs-per-day", "none", "--bytes-per-day", "none");
  expect((await convert()).code).toBe(0);
});
