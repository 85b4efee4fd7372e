import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { getPriority } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BoxUser } from "../../src/box/box.ts";
import { openSandbox, type SandboxOptions } from "../../src/box/open-sandbox.ts";
import { startChild } from "../../src/ffmpeg/child-process.ts";
import { createTaskScratch, type TaskScratch } from "../../src/storage/task-scratch.ts";
import { ffmpegPath, ffprobePath } from "../media-tools.ts";
import { isRoot, pathWith, testLimits } from "../support/box.ts";
import { buildEngine } from "../support/build-engine.ts";
import { letIn, testDirectory } from "../support/directory.ts";

const taskId = "tsk_01jd0000000000000000000000_weur_0";
const engine = buildEngine();

async function options(): Promise<SandboxOptions> {
  // Without bubblewrap and unshare, as in a container whose engine refuses namespaces.
  await pathWith("prlimit", "setpriv");
  const directory = await testDirectory();
  await letIn(directory);
  return {
    settings: {
      ...{ mode: "require", limits: testLimits, memoryMostBytes: testLimits.memoryBytes },
      ...{ firstUser: 81_000, morePaths: [] },
    },
    slots: 2,
    scratchDirectory: join(directory, "scratch"),
    stateDirectory: join(directory, "state"),
    programs: [
      [ffmpegPath, "-version"],
      [ffprobePath, "-version"],
      [engine, "--version"],
    ],
    engine,
  };
}

type Run = (
  ...command: [string, ...string[]]
) => Promise<{ exitCode: number | undefined; signal: string | undefined; printed: string; logTail: string }>;

interface Place {
  readonly scratch: TaskScratch;
  readonly user: BoxUser | null;
  /** Runs a program as a task does. */
  readonly run: Run;
}

async function place(devices: readonly string[] = []): Promise<Place> {
  const made = await options();
  const { finding, open } = await openSandbox(made);
  expect(finding.rung).toBe("landlock");
  const box = open(0);
  onTestFinished(box.close);
  const home = join(made.scratchDirectory, "reelway-own");
  const scratch = await createTaskScratch(home, taskId, 1, box.user);
  const run: Run = async (...command) => {
    const printed: string[] = [];
    const { ended } = startChild({
      ...{ command, box, signal: AbortSignal.timeout(60_000), hidePaths: [], onProcessGroup: () => {} },
      reach: { reads: [scratch.inputDirectory], writes: [scratch.workDirectory], cwd: scratch.workDirectory, devices },
      onStdout: (text) => printed.push(text),
    });
    return { ...(await ended), printed: printed.join("") };
  };
  return { scratch, user: box.user, run };
}

/** Processes of this host with this command line, its words joined by a space. */
function processesOf(commandLine: string): number[] {
  const has = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim() === commandLine;
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && has(name))
    .map(Number);
}

describe("a host whose container refuses namespaces", () => {
  it("closes everything by the kernel's rules for files, and the memory where groups can be made", async () => {
    const { finding } = await openSandbox(await options());
    expect(finding.rung).toBe("landlock");
    expect(finding.open.filter((opening) => opening !== "memory")).toEqual([]);
    expect(finding.refused).toContainEqual(expect.objectContaining({ rung: "bubblewrap" }));
  });

  it("converts there, as another user where the runner is root", async () => {
    const { scratch, run } = await place();
    const args = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-c:v", "libx264", "out.mp4"];
    expect(await run(ffmpegPath, "-nostdin", ...args)).toMatchObject({ exitCode: 0, logTail: "" });
    const film = join(scratch.workDirectory, "out.mp4");
    expect((await run(engine, "probe", film)).printed).toContain('"avc1');
    if (isRoot) expect((await stat(film)).uid).toBeGreaterThanOrEqual(81_000);
  });

  it("shows nothing of the host and of other tasks, and leaves nothing that binds the runner's hands", async () => {
    const { scratch, run } = await place();
    const secret = join(scratch.root, "..", "secret");
    await writeFile(secret, "secret", { mode: 0o644 });
    const other = await createTaskScratch(join(scratch.root, ".."), taskId, 2, null);
    await mkdir(join(scratch.workDirectory, "shut"), { mode: 0o777 });
    const tries = `
      const fs = require("node:fs");
      const attempt = (name, does) => { try { does(); console.log(name) } catch {} };
      for (const path of ["${secret}", "/etc/passwd", "/proc/1/environ", "/proc/${process.pid}/environ"])
        attempt("read " + path, () => fs.readFileSync(path));
      for (const path of ["${secret}", "/tmp/reelway-out", "${other.workDirectory}/out"])
        attempt("wrote " + path, () => fs.writeFileSync(path, "out"));
      attempt("listed", () => fs.readdirSync("${other.root}"));
      attempt("changed", () => fs.chmodSync("shut", 0));
      attempt("changed", () => fs.chmodSync("${secret}", 0));
      attempt("linked", () => fs.symlinkSync("${secret}", "link"));
      attempt("dated", () => fs.utimesSync("shut", 1, 1));
      attempt("emptied", () => fs.truncateSync("${secret}"));
      attempt("met", () => process.kill(${process.pid}, 0));
      console.log("end");`;
    expect(await run(process.execPath, "-e", tries)).toMatchObject({ printed: "end\n" });
    expect((await run("/usr/bin/mkfifo", "pipe")).exitCode).not.toBe(0);
    expect(await readdir(scratch.workDirectory)).toEqual(["shut"]);
    expect((await stat(join(scratch.workDirectory, "shut"))).mode & 0o700).toBe(0o700);
    expect((await stat(secret)).size).toBe(6);
    expect(existsSync("/tmp/reelway-out")).toBe(false);
  });

  it.each([
    ["without a device", []],
    ["with one", ["/dev/null"]],
  ])("reaches no address and no socket, %s", async (_name, devices) => {
    const { run } = await place(devices);
    let reached = 0;
    const path = join(await testDirectory(), "socket");
    await letIn(dirname(path));
    for (const where of [{ host: "127.0.0.1", port: 0 }, { path }, { path: `\0reelway-landlock-${process.pid}` }]) {
      const server = createServer(() => reached++);
      onTestFinished(() => void server.close());
      await new Promise<void>((resolve) => server.listen(where, resolve));
      if (where.path === path) await chmod(path, 0o777);
      const address = server.address();
      const target = typeof address === "object" ? { host: "127.0.0.1", port: address?.port } : where;
      const connecting = `require("net").connect(${JSON.stringify(target)}).on("error", (e) => console.log(e.code))`;
      expect((await run(process.execPath, "-e", connecting)).printed).toMatch(/^E(AFNOSUPPORT|PERM|ACCES)/);
    }
    expect(reached).toBe(0);
  });

  it("lets a driver look for its card by name, and name its threads", async () => {
    const { run } = await place(["/dev/pts/ptmx"]);
    const looking = `
      const fs = require("node:fs");
      console.log(fs.readdirSync("/dev/pts").includes("ptmx"), fs.readFileSync("/proc/devices", "utf8").includes("mem"));
      for (const thread of fs.readdirSync("/proc/self/task")) fs.writeFileSync("/proc/self/task/" + thread + "/comm", "named");
      fs.readdirSync("/dev");`;
    const { printed, logTail } = await run(process.execPath, "-e", looking);
    expect(printed).toBe("true true\n");
    expect(logTail).toContain("permission denied, scandir '/dev'");
  });

  it("leaves no process behind, wherever it has gone to", async () => {
    const { run } = await place();
    const leaving = "/usr/bin/setsid /bin/sleep 61615 </dev/null >/dev/null 2>&1 & echo started; exec /bin/sleep 0.3";
    const { printed } = await run("/bin/sh", "-c", leaving);
    const left = processesOf("/bin/sleep 61615");
    for (const pid of left) process.kill(pid, "SIGKILL");
    expect([printed, left]).toEqual(["", []]);
  });

  it("leaves no memory behind", async () => {
    const { run } = await place();
    const sharing = `my $id = shmget(0, 4096, 0600); print defined $id ? "made" : "refused"; shmctl($id, 0, 0) if defined $id`;
    expect((await run("/usr/bin/perl", "-e", sharing)).printed).toBe("refused");
  });

  it("takes no core from others of its user", async () => {
    const { run, user } = await place();
    const other = spawn("/bin/sleep", ["60"], { stdio: "ignore", ...(user && { uid: user.uid, gid: user.gid }) });
    onTestFinished(() => void other.kill("SIGKILL"));
    const before = getPriority(other.pid);
    const slowing = `try { require("node:os").setPriority(${other.pid}, 19) } catch (error) { console.log(error.info.code) }`;
    expect((await run(process.execPath, "-e", slowing)).printed).toBe("EPERM\n");
    expect(getPriority(other.pid)).toBe(before);
  });
});
