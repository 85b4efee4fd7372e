import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRunnerClient } from "@reelway/shared/client/runner-client";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { instanceOf } from "../../src/control-plane/identity.ts";
import { obtainIdentity } from "../../src/control-plane/register.ts";
import { lockState } from "../../src/control-plane/state-lock.ts";
import { createLog } from "../../src/log.ts";
import { ControlPlane } from "../support/control-plane.ts";
import { testDirectory } from "../support/directory.ts";
import { testPacing } from "../support/pacing.ts";

async function scene(environment: Record<string, string> = { REELWAY_REGISTRATION_TOKEN: "token" }) {
  const plane = await new ControlPlane(null).start();
  const stateDirectory = join(await testDirectory(), "state");
  const pacing = testPacing();
  const config = readConfig({
    REELWAY_URL: plane.url,
    RUNNER_REGION: "weur",
    STATE_DIR: stateDirectory,
    ...environment,
  });
  const client = createRunnerClient({ url: plane.url, credential: () => undefined, pacing });
  await mkdir(stateDirectory, { recursive: true });
  const signal = new AbortController().signal;
  const obtain = (changes: Partial<typeof config> = {}) =>
    obtainIdentity({ config: { ...config, ...changes }, client, pacing, log: createLog("silent"), signal });
  return { plane, stateDirectory, pacing, obtain };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof ReelwayError ? error.code : String(error)),
  );

describe("obtainIdentity", () => {
  it("registers once and keeps the credential for its owner only", async () => {
    const { plane, stateDirectory, obtain } = await scene();
    const identity = await obtain();
    expect(await obtain({ registrationToken: undefined })).toEqual(identity);
    expect(plane.named("runners/register")).toHaveLength(1);
    expect(plane.named("runners/register")[0]?.body).toMatchObject({ token: "token", region: "weur", protocol: 1 });
    expect((await stat(join(stateDirectory, "runner.json"))).mode & 0o777).toBe(0o600);
  });

  it("does not show its credential to another host or use it in another region", async () => {
    const { plane, obtain } = await scene();
    const first = await obtain();
    expect((await obtain({ region: "apac" })).runnerId).not.toBe(first.runnerId);
    expect(await codeOf(obtain({ url: "http://elsewhere.example", registrationToken: undefined }))).toBe(
      "registration_refused",
    );
    expect(plane.named("runners/register")).toHaveLength(2);
  });

  it("tries for as long as the control plane is away, and stops when it is refused", async () => {
    const { plane, pacing, obtain } = await scene();
    plane.refusals.set("runners/register", ["unavailable", "internal", "rate_limited"]);
    await obtain();
    expect(pacing.slept).toEqual([375, 750, 1_500]);
    const refused = await scene();
    refused.plane.refusals.set("runners/register", ["registration_refused"]);
    expect(await codeOf(refused.obtain())).toBe("registration_refused");
  });

  it("says what to do when it has neither credential nor token, or a damaged file", async () => {
    const { obtain, stateDirectory } = await scene({});
    await expect(obtain()).rejects.toThrow("REELWAY_REGISTRATION_TOKEN");
    await writeFile(join(stateDirectory, "runner.json"), '{"url":');
    await expect(obtain()).rejects.toThrow("is damaged");
    expect(await readFile(join(stateDirectory, "runner.json"), "utf8")).toBe('{"url":');
  });
});

describe("the state directory", () => {
  it("keeps one name for the installation", async () => {
    const directory = await testDirectory();
    expect(await instanceOf(directory)).toMatch(/^[0-9a-f]{16}$/);
    expect(await instanceOf(directory)).toBe(await instanceOf(directory));
  });

  it("serves one process at a time; a lock left by a dead one is nobody's", async () => {
    const directory = await testDirectory();
    const instance = await instanceOf(directory);
    const release = await lockState(directory, instance);
    await expect(lockState(directory, instance)).rejects.toThrow("another runner");
    await release();
    await writeFile(join(directory, "lock"), "left behind");
    await (await lockState(directory, instance))();
  });
});
