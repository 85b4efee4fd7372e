import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RunnerDescription } from "@reelway/shared/contracts/runner";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { pathWith } from "./support/box.ts";
import { ControlPlane } from "./support/control-plane.ts";
import { testDirectory } from "./support/directory.ts";

const program = join(dirname(fileURLToPath(import.meta.url)), "../../bin/reelway-runner");

function start(environment: Record<string, string>) {
  const child = spawn(program, { env: { PATH: process.env.PATH, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed: string[] = [];
  child.stderr.on("data", (data: Buffer) => printed.push(data.toString()));
  return { child, exit: once(child, "exit"), stderr: () => printed.join("") };
}

describe("bin/reelway-runner", () => {
  it("registers, proves its host, prints the ready line, and ends with 0 on SIGTERM", async () => {
    const plane = await new ControlPlane(null).start();
    const directory = await testDirectory();
    const { child, exit } = start({
      REELWAY_URL: plane.url,
      REELWAY_REGISTRATION_TOKEN: "token",
      RUNNER_REGION: "weur",
      STATE_DIR: join(directory, "state"),
      CONCURRENCY: "1",
    });
    const [line] = await once(createInterface(child.stdout), "line");
    const ready = z
      .strictObject({ event: z.literal("ready"), runnerId: z.string(), healthUrl: z.url() })
      .parse(JSON.parse(String(line)));
    expect((await fetch(`${ready.healthUrl}/healthz`)).status).toBe(200);
    const [asked] = await plane.called("runner/leases");
    const { runner } = z.object({ runner: RunnerDescription }).parse(asked?.body);
    expect(runner.capabilities).toContain("kind:probe");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  });

  it("says what is missing for the sandbox that it must have, and exits with 2 before it uses up its token", async () => {
    await pathWith("sh", "dirname", "readlink", "node", "ffmpeg", "ffprobe", "prlimit", "setpriv");
    const plane = await new ControlPlane(null).start();
    const { exit, stderr } = start({
      REELWAY_URL: plane.url,
      REELWAY_REGISTRATION_TOKEN: "token",
      RUNNER_REGION: "weur",
      STATE_DIR: join(await testDirectory(), "state"),
      SANDBOX: "require",
    });
    expect(await exit).toEqual([2, null]);
    expect(stderr()).toContain("sandbox_unavailable");
    expect(stderr()).toContain("apt-get install bubblewrap");
    expect(plane.calls).toEqual([]);
  });

  it("says which settings are wrong and exits with 2", async () => {
    const { exit, stderr } = start({ REELWAY_URL: "nowhere" });
    expect(await exit).toEqual([2, null]);
    expect(stderr()).toContain("REELWAY_URL: must be");
    expect(stderr()).toContain("RUNNER_REGION: is required");
  });
});
