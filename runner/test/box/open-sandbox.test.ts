import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { openSandbox, type SandboxOptions, type SandboxSettings } from "../../src/box/open-sandbox.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { hasBubblewrap, pathWith, testLimits } from "../support/box.ts";
import { testDirectory } from "../support/directory.ts";

async function options(change: Partial<SandboxSettings> = {}): Promise<SandboxOptions> {
  const directory = await testDirectory();
  return {
    settings: {
      mode: "auto",
      limits: testLimits,
      memoryMostBytes: testLimits.memoryBytes,
      firstUser: 80_000,
      morePaths: [],
      ...change,
    },
    slots: 2,
    scratchDirectory: join(directory, "scratch"),
    stateDirectory: join(directory, "state"),
    programs: [["/bin/sh", "-c", "true"]],
    engine: null,
  };
}

/** A program that needs a file of the host, as one with libraries of its own does. */
async function needy(): Promise<{ program: string; needed: string }> {
  const directory = await testDirectory();
  const [program, needed] = [join(directory, "program"), join(directory, "lib")];
  await mkdir(needed);
  await writeFile(join(needed, "library"), "code", { mode: 0o644 });
  await writeFile(program, `#!/bin/sh\nexec cat ${needed}/library\n`, { mode: 0o755 });
  // Whatever this process's umask is by now.
  for (const path of [directory, program, needed, join(needed, "library")]) await chmod(path, 0o755);
  return { program, needed };
}

describe("the sandbox of a host", () => {
  it.skipIf(!hasBubblewrap)("is bubblewrap's where it is installed, with nothing open but memory", async () => {
    const { finding } = await openSandbox(await options({ mode: "require" }));
    if (finding.rung === "bubblewrap-cgroup") expect(finding).toMatchObject({ open: [], refused: [] });
    else
      expect(finding).toMatchObject({ rung: "bubblewrap", open: ["memory"], refused: [{ rung: "bubblewrap-cgroup" }] });
  });

  it("is less where bubblewrap is missing, and says so", async () => {
    await pathWith("prlimit", "setpriv", "unshare");
    const { finding } = await openSandbox(await options());
    expect(["namespaces", "container", "limits"]).toContain(finding.rung);
    expect(finding.open).toContain("files");
    expect(finding.refused).toContainEqual({
      rung: "bubblewrap",
      reason: "bubblewrap is not installed (apt-get install bubblewrap)",
    });
  });

  it("is refused where it is required and something would stay open, with what to install", async () => {
    await pathWith("prlimit", "setpriv", "unshare");
    const error = await failureOf(openSandbox(await options({ mode: "require" })));
    expect(error.code).toBe("sandbox_unavailable");
    expect(error.detail).toContain("apt-get install bubblewrap");
  });

  it("is made within the limits that the runner itself has", async () => {
    const { stdout } = await execa("prlimit", [
      ...["--nofile=512:512", "--nproc=3000:3000", "--", process.execPath, "--disable-warning=ExperimentalWarning"],
      ...[
        "--input-type=module",
        "--eval",
        `
        import { openSandbox } from ${JSON.stringify(import.meta.resolve("../../src/box/open-sandbox.ts"))};
        const { finding } = await openSandbox(${JSON.stringify(await options())});
        console.log(finding.rung);`,
      ],
    ]);
    expect(["limits", "none"]).not.toContain(stdout);
  });

  it("is none where it is turned off, and where there is nothing to make it of", async () => {
    const off = await openSandbox(await options({ mode: "off" }));
    expect(off.finding).toMatchObject({ rung: "none", refused: [{ reason: "SANDBOX=off" }] });
    await pathWith();
    const { finding, open } = await openSandbox(await options());
    expect(finding).toMatchObject({ rung: "none" });
    expect(open(0).enclose("/bin/true", [], { reads: [], writes: [], cwd: "/" }).command).toEqual(["/bin/true"]);
  });

  it.skipIf(!hasBubblewrap)("must let every program run; further paths let in what one needs", async () => {
    const { program, needed } = await needy();
    const narrow = await options();
    const { finding } = await openSandbox({ ...narrow, programs: [[program]] });
    const refusal = finding.refused.find(({ rung }) => rung === "bubblewrap");
    expect(refusal?.reason).toContain("No such file or directory");
    const wide = await options({ mode: "require", morePaths: [needed] });
    await expect(openSandbox({ ...wide, programs: [[program]] })).resolves.toBeDefined();
  });
});
