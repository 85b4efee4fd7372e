import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { toolFailure } from "../../src/ffmpeg/failure.ts";
import { ffmpegPath } from "../media-tools.ts";
import { hasBubblewrap, isRoot } from "../support/box.ts";
import { stubbornChild } from "../support/child.ts";
import { Scene } from "./run-boxed.ts";

const MiB = 1024 ** 2;

function listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  onTestFinished(() => void server.close());
  return new Promise((resolve) => server.listen(where, resolve));
}

/** Tells by an exit code of its own whether somebody was reached. */
const connecting = (where: string) =>
  `const s=require("net").connect(${where}); s.on("connect",()=>process.exit(7)); s.on("error",(e)=>{console.log(e.code);process.exit(0)}); setTimeout(()=>process.exit(9),2000)`;

/** What follows is harmless only in a box that holds: where it does not, nothing of it is tried. */
async function holds(): Promise<void> {
  const scene = await Scene.open();
  const { exitCode, printed } = await scene.shell("grep '^CapEff:.*[^0]$' /proc/self/status; ls /etc/passwd");
  if (exitCode === 0 || printed !== "") throw new Error("the box does not hold");
}

describe.skipIf(!hasBubblewrap)("a program in the box", () => {
  beforeEach(holds);

  it("sees nothing of the host but its programs", async () => {
    const scene = await Scene.open();
    const secret = join(scene.root, "secret");
    await writeFile(secret, "secret", { mode: 0o644 });
    for (const path of [
      "/etc/passwd",
      "/etc/shadow",
      "/root",
      "/home",
      "/sys/class",
      "/sys/kernel",
      secret,
      process.execPath,
    ]) {
      const { exitCode } = await scene.shell(`cat ${path} || ls ${path}`);
      expect([path, exitCode === 0]).toEqual([path, false]);
    }
    const { printed } = await scene.shell("ls -a / /tmp 2>/dev/null; ls /proc | grep -c '^[0-9]'");
    expect(printed.split("\n").at(-2)).toMatch(/^[1-6]$/);
  });

  it("reaches no socket, with a path or without, and no address", async () => {
    const scene = await Scene.open();
    let reached = 0;
    const servers = [
      createServer(() => reached++),
      createServer(() => reached++),
      createServer(() => reached++),
    ] as const;
    await listen(servers[0], { host: "127.0.0.1", port: 0 });
    await listen(servers[1], { path: join(scene.root, "socket") });
    await listen(servers[2], { path: `\0reelway-test-${process.pid}` });
    const address = servers[0].address();
    const port = typeof address === "object" ? address?.port : 0;
    const run = (where: string, network = false) => scene.run([process.execPath, "-e", connecting(where)], { network });
    expect(await run(`{host:"127.0.0.1",port:${port}}`)).toMatchObject({ exitCode: 0 });
    expect(await run(`{host:"169.254.169.254",port:80}`)).toMatchObject({ exitCode: 0 });
    expect(await run(`{path:"${scene.root}/socket"}`)).toMatchObject({ exitCode: 0 });
    expect(await run(`{path:"\\0reelway-test-${process.pid}"}`)).toMatchObject({ exitCode: 0 });
    // With the network, as the engine has it, services of the host that are found by a name are closed all the same.
    expect(await run(`{path:"\\0reelway-test-${process.pid}"}`, true)).toMatchObject({ exitCode: 0 });
    expect(reached).toBe(0);
    expect(await run(`{host:"127.0.0.1",port:${port}}`, true)).toMatchObject({ exitCode: 7 });
  });

  it.skipIf(!existsSync("/usr/bin/perl"))("sends nothing to a socket of the host's by one of a pair", async () => {
    const scene = await Scene.open();
    const name = `reelway-pair-${process.pid}`;
    const sending = `socketpair(A, B, AF_UNIX, SOCK_DGRAM, PF_UNSPEC) or die "refused"; print send(A, "out", 0, pack_sockaddr_un("\\0${name}"))`;
    const perl = ["/usr/bin/perl", "-MSocket", "-e"] as const;
    const inside = await scene.run([...perl, sending], { network: true });
    expect(inside).toMatchObject({ printed: "", logTail: expect.stringContaining("refused") });
  });

  it("writes nowhere but where it may", async () => {
    const scene = await Scene.open();
    await scene.put("source", "film");
    const places = [
      "/",
      "/dev",
      "/dev/shm",
      "/usr",
      "/usr/bin",
      "/etc",
      "/tmp",
      "/run",
      "/proc/sys/kernel",
      scene.input,
    ];
    for (const place of [...places, scene.root]) {
      const { exitCode } = await scene.shell(`echo out >${place}/out`);
      expect([place, exitCode]).toEqual([place, 2]);
    }
    expect((await scene.shell(`echo over >${scene.input}/source`)).exitCode).toBe(2);
    expect((await scene.shell("echo mine >mine && cat mine")).printed).toBe("mine\n");
    expect(await readdir(scene.root)).toEqual(["in", "work"]);
    expect(["/out", "/dev/shm/out", "/usr/out", "/tmp/out"].filter((path) => existsSync(path))).toEqual([]);
  });

  it("leaves no link and no device where the runner would follow it", async () => {
    const scene = await Scene.open();
    await scene.shell(
      "ln -s /etc/passwd link; ln /usr/bin/env hard; mkfifo pipe; mknod null c 1 3; echo a >file; ln file twice",
    );
    expect(await readdir(scene.work)).toEqual(["file"]);
  });

  it("has no rights, and can get none", async () => {
    const scene = await Scene.open();
    const { printed } = await scene.shell("cat /proc/self/status");
    for (const line of [/^CapEff:\s0+$/m, /^CapPrm:\s0+$/m, /^NoNewPrivs:\s1$/m, /^Seccomp:\s2$/m])
      expect(printed).toMatch(line);
    if (isRoot) expect(printed).toMatch(/^CapBnd:\s0+$/m);
    if (isRoot) expect(printed).toMatch(/^Uid:\s9\d{4}\s/m);
    for (const way of ["unshare -Ur true", "mount -t tmpfs none .", "nsenter -t 1 -a true", "chroot / true", "dmesg"])
      expect([way, (await scene.shell(way)).exitCode === 0]).toEqual([way, false]);
  });

  it("inherits nothing that is open", async () => {
    const scene = await Scene.open();
    const { printed } = await scene.shell("ls -l /proc/self/fd | sed 's/.* -> //'");
    const kinds = printed
      .trim()
      .split("\n")
      .filter((line) => !/^(pipe|socket):|^\/dev\/null$|^\/proc\/|^total/.test(line));
    expect(kinds).toEqual([]);
  });

  it("sees and signals no process but its own", async () => {
    const scene = await Scene.open();
    const outsider = await stubbornChild();
    // Signal 0 only asks. Were the box open, any other would hit the host.
    const { printed } = await scene.shell(
      `kill -0 ${outsider.pid} || echo unseen; ls -d /proc/${outsider.pid} || echo unseen`,
    );
    expect(printed).toBe("unseen\nunseen\n");
  });
});

describe.skipIf(!hasBubblewrap)("the box's limits", () => {
  beforeEach(holds);

  it("end a file that grows without end", async () => {
    const scene = await Scene.open({ fileBytes: 8 * MiB });
    const { exitCode, signal } = await scene.shell("exec head -c 64M /dev/zero >big");
    expect([exitCode === 0, signal]).toEqual([false, "SIGXFSZ"]);
    expect((await stat(join(scene.work, "big"))).size).toBeLessThanOrEqual(8 * MiB);
  });

  it("stop a fork bomb, and nothing of it stays", async () => {
    const scene = await Scene.open({ processes: 100 });
    let group = 0;
    const fork = "i=0; while [ $i -lt 400 ]; do sleep 60 & i=$((i+1)); done; echo $i; wait";
    const run = scene.shell(fork, {
      signal: AbortSignal.timeout(5_000),
      onProcessGroup: (pid) => {
        group = pid;
      },
    });
    const end = await run.then(
      ({ logTail, printed }) => `${logTail}${printed}`,
      () => "aborted",
    );
    expect(end).not.toMatch(/^400$/m);
    await vi.waitFor(async () => {
      const { stdout } = await execa("ps", ["-eo", "pgid=,stat="]);
      expect(stdout.split("\n").filter((line) => Number.parseInt(line, 10) === group && !line.includes("Z"))).toEqual(
        [],
      );
    });
    expect((await scene.shell("echo next")).printed).toBe("next\n");
  });

  it("kill what takes memory without end, and say how much it was", async () => {
    const scene = await Scene.open({ memoryBytes: 256 * MiB });
    const { exitCode, signal, peakBytes } = await scene.run([
      process.execPath,
      "-e",
      "const kept=[]; for(let i=0;i<64;i++) kept.push(Buffer.alloc(16*1024*1024, 1))",
    ]);
    expect([exitCode === 0, signal === undefined && peakBytes === null]).toEqual([false, peakBytes === null]);
    if (peakBytes !== null) expect(peakBytes).toBeLessThanOrEqual(256 * MiB);
    expect((await scene.shell("echo next")).printed).toBe("next\n");
  });

  it("end a program that computes without end", async () => {
    const scene = await Scene.open({ cpuSeconds: 1 });
    expect(await scene.shell("while :; do :; done")).toMatchObject({ signal: "SIGXCPU" });
  });

  it("end ffmpeg as what it is: out of processor time", async () => {
    const scene = await Scene.open({ cpuSeconds: 1 });
    const endless = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720", "-c:v", "libx264", "-f", "null", "-"];
    const end = await scene.run([ffmpegPath, "-nostdin", ...endless]);
    expect(toolFailure(end, "encode_failed").code).toBe("job_timeout");
  });

  it("let go of everything when the program is aborted in mid-run, whatever it ignores", async () => {
    const scene = await Scene.open();
    let group = 0;
    const controller = new AbortController();
    const run = scene.shell("trap '' TERM INT; setsid sleep 61613 & sleep 62623 & wait; wait", {
      signal: controller.signal,
      onProcessGroup: (pid) => {
        group = pid;
        setTimeout(() => controller.abort(new Error("over")), 300);
      },
    });
    await expect(run).rejects.toThrow("over");
    const ownProcesses = () => readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && namesSleep(pid)).length;
    await vi.waitFor(() => expect(ownProcesses()).toBe(0));
    expect(group).toBeGreaterThan(0);
  });
});

function namesSleep(pid: string): boolean {
  try {
    return /^sleep\0(?:61613|62623)\0$/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
}
