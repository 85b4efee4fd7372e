import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LeasedTask, LeaseRequest, ProgressReport } from "@reelway/shared/contracts/lease";
import { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId, taskIdOf } from "@reelway/shared/ids";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import type { Kind, KindContext, KindResult } from "../../src/kinds/kind.ts";
import { createLog } from "../../src/log.ts";
import { readRange } from "../../src/storage/read-range.ts";
import { isAlive, type StubbornChild, stubbornChild } from "../support/child.ts";
import { ControlPlane, withSource } from "../support/control-plane.ts";
import { testDirectory } from "../support/directory.ts";
import { answerWith, md5Of, startStorage } from "../support/storage-server.ts";

const source = randomBytes(50_000);
const noMedia = {
  container: "mov",
  bytes: source.length,
  durationSeconds: 1,
  startSeconds: 0,
  bitrateKbps: null,
  video: [],
  audio: [],
  subtitles: [],
  otherStreams: 0,
  chapters: 0,
  tags: {},
};
const tools = {
  ffmpegPath: "ffmpeg",
  ffprobePath: "ffprobe",
  version: "0-test",
  build: "0",
  launcher: [],
  knows: () => false,
  provenEncoders: new Set<string>(),
  provenVmaf: false,
};

/** Turns its source round: quick work with one result. */
const reverse: Kind = async ({ inputs, outputDirectory, report }) => {
  const bytes = await readFile(inputs.source?.[0] ?? "");
  report({ percent: 50, fps: null, speed: 1, etaSeconds: 1, message: "half way" });
  const path = join(outputDirectory, "video.mp4");
  await writeFile(path, bytes.reverse());
  return {
    files: [{ path, name: "video.mp4", role: "video", contentType: "video/mp4" }],
    source: noMedia,
    encoder: "reverse",
  };
};

/** Works for as long as its child lives, and only stops with it. */
function childKind(): { kind: Kind; started: Promise<{ child: StubbornChild; context: KindContext }> } {
  const started = Promise.withResolvers<{ child: StubbornChild; context: KindContext }>();
  const kind: Kind = async (context): Promise<KindResult> => {
    const child = await stubbornChild();
    context.onProcessGroup(child.pid);
    await writeFile(join(context.workDirectory, "pass.log"), "half done");
    // A polite kind ends its children when it is told to; a busy one leaves it to the lease keeper.
    context.signal.addEventListener("abort", () => {
      if (context.signal.reason.code !== "lease_lost") process.kill(-child.pid, "SIGKILL");
    });
    started.resolve({ child, context });
    await child.ended;
    throw new ReelwayError("encode_failed", "ffmpeg was killed", { logTail: "Killed" });
  };
  return { kind, started: started.promise };
}

async function scene(kind: Kind, environment: Record<string, string> = {}) {
  const storage = await startStorage();
  const plane = await new ControlPlane(storage).start();
  const directory = await testDirectory();
  const lines: string[] = [];
  const config = readConfig({
    REELWAY_URL: plane.url,
    REELWAY_REGISTRATION_TOKEN: "token",
    RUNNER_REGION: "weur",
    STATE_DIR: join(directory, "state"),
    SCRATCH_DIR: join(directory, "scratch"),
    SCRATCH_MAX_BYTES: "128MiB",
    CONCURRENCY: "1",
    ...environment,
  });
  const start = (changes: Partial<typeof config> = {}) => {
    const ready = Promise.withResolvers<{ runnerId: string; healthUrl: string }>();
    const daemon = new Daemon({
      config: { ...config, ...changes },
      tools,
      engine: null,
      capabilities: ["kind:probe"],
      kindOf: () => kind,
      log: createLog("debug", { write: (line) => void lines.push(line) }),
      onReady: ready.resolve,
    });
    const ended = daemon.run();
    onTestFinished(async () => {
      daemon.handBack();
      await ended;
    });
    return { daemon, ended, ready: ready.promise };
  };
  /** What lies in scratch below the runner's own directory. */
  const scratch = async () => {
    const [home] = await readdir(config.scratchDirectory);
    return home === undefined ? [] : readdir(join(config.scratchDirectory, home)).catch(() => []);
  };
  return { storage, plane, config, start, lines, scratch };
}

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 5 });
const saidDraining = (plane: ControlPlane) =>
  plane.named("runner/heartbeat").some(({ body }) => JSON.stringify(body).includes('"draining":true'));
const leaseRequests = (plane: ControlPlane) => plane.named("runner/leases").map(({ body }) => LeaseRequest.parse(body));

describe("the daemon", () => {
  it("does a task from lease to completion, and leaves nothing behind", async () => {
    const { storage, plane, start, lines, scratch } = await scene(reverse);
    const task = plane.offer(withSource(storage, source));
    const { ready } = start();
    const { healthUrl, runnerId } = await ready;

    const [completion] = await plane.called("leases/complete");
    const made = Buffer.from(source).reverse();
    expect(completion?.body).toMatchObject({
      manifest: {
        outputs: [{ name: "video.mp4", bytes: made.length, md5: md5Of(made), etag: md5Of(made), role: "video" }],
        execution: { runnerId, encoder: "reverse", ffmpeg: "0-test" },
      },
    });
    expect(storage.objects.get("video.mp4")?.equals(made)).toBe(true);
    // Reports travel beside each other: their order is in their sequence.
    const reports = () => plane.named("leases/progress").map(({ body }) => ProgressReport.parse(body));
    await until(() => reports().some(({ stage }) => stage === "finalizing"));
    const stages = reports()
      .sort((one, other) => one.sequence - other.sequence)
      .map(({ stage }) => stage);
    expect([...new Set(stages)]).toEqual(["downloading", "processing", "uploading", "finalizing"]);
    await until(async () => (await scratch()).length === 0);

    const read = async () => (await fetch(`${healthUrl}/metrics`)).text();
    await until(async () => (await read()).includes('video_processing_total{format="probe",status="completed"} 1'));
    const metrics = await read();
    expect(metrics).toContain(`reelway_runner_downloaded_bytes_total ${source.length}`);
    expect(metrics).toContain('reelway_runner_state{state="running"} 1');
    expect((await fetch(`${healthUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${healthUrl}/readyz`)).status).toBe(200);

    const log = lines.join("");
    expect(log).toContain(`"lease":"${task.taskId}:1"`);
    for (const secret of ["X-Amz-Signature=secret", "credential-1", "lease-token-1"]) expect(log).not.toContain(secret);
  });

  it("brings the task that finishes a stream what the others packaged", async () => {
    const finish: Kind = async ({ packageReports, outputDirectory }) => {
      const path = join(outputDirectory, "main.m3u8");
      await writeFile(path, (await packageReports()).map(({ renditions }) => renditions[0]?.id).join());
      return {
        files: [{ path, name: "main.m3u8", role: "playlist", contentType: "text/plain" }],
        source: null,
        encoder: null,
      };
    };
    const { storage, plane, start } = await scene(finish);
    const report = (id: string) => ({
      ...{ id, codecs: "avc1", timescale: 10, language: "und", initBytes: 1, initSha256: "0".repeat(64) },
      segments: [{ number: 1, start: 0, duration: 10, bytes: 1, samples: 1 }],
    });
    plane.reports = ["video-1", "audio-1"].map((id) => ({ version: 2, renditions: [report(id)] }));
    plane.offer();
    start();
    const [call] = await plane.called("leases/reports");
    expect(call?.leaseToken).toBe("lease-token-1");
    await plane.called("leases/complete");
    expect(storage.objects.get("main.m3u8")?.toString()).toBe("video-1,audio-1");
  });

  it("asks at once when the doorbell rings and when a slot frees, and beats with fresh tokens", async () => {
    const { storage, plane, start } = await scene(reverse, { POLL_SECONDS: "3600" });
    const { ready } = start();
    await ready;
    await until(() => plane.sockets.length === 1);
    plane.offer(withSource(storage, source));
    plane.offer({ ...withSource(storage, source), leaseToken: "lease-token-1b" });
    plane.ring();
    const completions = await plane.called("leases/complete", 2);
    expect(completions.map(({ leaseToken }) => leaseToken)).toEqual(["lease-token-1", "lease-token-1b"]);
  });

  it.each(["lost", "cancel"] as const)(
    "stops a task whose lease is %s, tells nobody, and takes the next",
    async (verdict) => {
      const { kind, started } = childKind();
      let first = true;
      const { storage, plane, start, scratch } = await scene((context) => {
        const chosen = first ? kind : reverse;
        first = false;
        return chosen(context);
      });
      const task = plane.offer();
      const { ready } = start();
      await ready;
      const { child, context } = await started;
      expect(await scratch()).toHaveLength(1);
      plane.verdicts.set(task.taskId, verdict);
      plane.sockets[0]?.send(JSON.stringify({ type: "stop", taskId: task.taskId, epoch: 1 }));
      expect(await child.ended).toEqual([null, "SIGKILL"]);
      await until(() => !isAlive(child.grandchildPid));
      plane.offer(withSource(storage, source));
      plane.ring();
      await plane.called("leases/complete");
      expect(context.signal.reason).toMatchObject({ code: "lease_lost" });
      expect(plane.named("leases/fail")).toEqual([]);
      expect(plane.named("leases/release")).toEqual([]);
      expect(existsSync(context.workDirectory)).toBe(false);
    },
  );

  it("uses the renewed token", async () => {
    const { kind, started } = childKind();
    const { plane, start } = await scene(kind);
    plane.offer({ leaseMs: 150 });
    start();
    const { child } = await started;
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 3);
    process.kill(-child.pid, "SIGKILL");
    const [failure] = await plane.called("leases/fail");
    expect(failure).toMatchObject({
      leaseToken: "lease-token-2",
      body: { error: { code: "encode_failed", message: "ffmpeg was killed", logTail: "Killed" } },
    });
  });

  it.each([
    ["a fault of its own", () => Promise.reject(new TypeError("x is not a function")), {}, "runner_error"],
    [
      "a disk that is full",
      () => Promise.reject(Object.assign(new Error("write"), { code: "ENOSPC" })),
      {},
      "scratch_full",
    ],
    ["input that was replaced", reverse, { etag: md5Of(Buffer.from("other")) }, "input_changed"],
  ] as const)("reports %s with its code", async (_what, kind, change, code) => {
    const { storage, plane, start } = await scene(kind);
    const { inputs = [] } = withSource(storage, source);
    const changed = inputs.map((input) => ({ ...input, ...change }));
    plane.offer({ inputs: changed });
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code } });
  });

  it("ends a task that runs too long as job_timeout", async () => {
    const { kind } = childKind();
    const { plane, start } = await scene(kind);
    plane.offer({ timeoutSeconds: 1 });
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "job_timeout" } });
  });

  it("leaves a stream's source where it lies until it is wanted, and tells what was packaged", async () => {
    const segments = [{ number: 1, start: 0, duration: 48_000, bytes: 9, samples: 48 }];
    const rendition = {
      ...{ id: "video-1", codecs: "avc1.64001e", timescale: 24_000, language: "und", initBytes: 700 },
      ...{ initSha256: "a".repeat(64), segments, family: "h264" },
    };
    const report = { version: 2, renditions: [rendition] };
    const seen: unknown[] = [];
    const kind: Kind = async ({ inputs, remote, download, signal, storageStallMs: stallMs, pacing }) => {
      seen.push(
        inputs.source,
        await readRange(remote("source"), { offset: 7, length: 3 }, { signal, stallMs, pacing }),
      );
      seen.push(await readFile(await download("source")), inputs.source?.length);
      return { files: [], source: null, encoder: null, report };
    };
    const { storage, plane, start } = await scene(kind);
    plane.offer({ ...withSource(storage, source), spec: StreamSpec.parse({ kind: "stream" }), step: { kind: "plan" } });
    start();
    const [completion] = await plane.called("leases/complete");
    expect(seen).toEqual([undefined, source.subarray(7, 10), source, 1]);
    expect(storage.seen.map(({ range }) => range)).toEqual(["bytes=7-9", undefined]);
    expect(completion?.body).toMatchObject({ manifest: { report } });
  });

  it("ends a task that outgrows its scratch space as scratch_full", async () => {
    const { plane, start } = await scene(
      async ({ outputDirectory, signal }) => {
        await writeFile(join(outputDirectory, "video.mp4"), Buffer.alloc(80 * 1024 * 1024));
        return new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      { SCRATCH_MAX_BYTES: "64MiB" },
    );
    plane.offer();
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "scratch_full" } });
  });

  it("does not begin a task that this host could never hold", async () => {
    const { storage, plane, start } = await scene(reverse);
    const { inputs = [] } = withSource(storage, source);
    plane.offer({ inputs: inputs.map((input) => ({ ...input, bytes: 1024 ** 3 })) });
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "scratch_full" } });
    expect(storage.seen).toEqual([]);
  });

  it("completes once the control plane is back", async () => {
    const { storage, plane, start } = await scene(reverse);
    plane.refusals.set("leases/complete", ["unavailable", "internal"]);
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete", 3);
    expect(plane.named("leases/fail")).toEqual([]);
  });

  it("keeps its result through an outage that its token did not outlive", async () => {
    const outage = Promise.withResolvers<void>();
    const { storage, plane, start } = await scene(async (context) => {
      await outage.promise;
      return reverse(context);
    });
    plane.offer({ ...withSource(storage, source), leaseMs: 150 });
    start();
    await plane.called("leases/progress", 2);
    const beats = plane.named("runner/heartbeat").length;
    plane.refusals.set(
      "runner/heartbeat",
      Array.from({ length: 1_000 }, () => "unavailable" as const),
    );
    plane.refusals.set("leases/complete", ["lease_lost"]);
    // Two beats a period apart and their retries: the token is older than its lease by then.
    await plane.called("runner/heartbeat", beats + 8);
    outage.resolve();
    await plane.called("leases/complete");
    plane.refusals.delete("runner/heartbeat");
    const [, accepted] = await plane.called("leases/complete", 2);
    expect(accepted?.leaseToken).toBe("lease-token-2");
    expect(plane.named("leases/fail")).toEqual([]);
  });

  it("sends files again that the bucket does not hold as they were sent, once", async () => {
    const mismatch = new ReelwayError("manifest_mismatch", "video.mp4: is not in the bucket", {
      errors: [{ path: "manifest.outputs.0", message: "video.mp4: is not in the bucket" }],
    });
    const { storage, plane, start } = await scene(reverse);
    plane.refusals.set("leases/complete", [mismatch, "unavailable"]);
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete", 3);
    expect(plane.named("leases/outputs")).toHaveLength(2);
    expect(storage.seen.filter(({ method }) => method === "PUT")).toHaveLength(2);

    plane.refusals.set("leases/complete", [mismatch, mismatch]);
    plane.offer(withSource(storage, source));
    plane.ring();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "manifest_mismatch" } });
    expect(plane.named("leases/complete")).toHaveLength(5);
  });

  it("keeps its rhythm when the host's clock is set back", async () => {
    const { storage, plane, start } = await scene(reverse, { POLL_SECONDS: "3600" });
    plane.refusals.set("runner/leases", ["unavailable"]);
    plane.offer(withSource(storage, source));
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    start();
    await plane.called("runner/leases");
    vi.setSystemTime(Date.now() - 86_400_000);
    await plane.called("leases/complete");
  });

  it("does not take a task straight back that it had no room for", async () => {
    const gate = Promise.withResolvers<void>();
    const { storage, plane, start } = await scene(
      async (context) => {
        await gate.promise;
        return reverse(context);
      },
      { CONCURRENCY: "2", POLL_SECONDS: "0.1" },
    );
    const { inputs = [] } = withSource(storage, source);
    const large = { inputs: inputs.map((input) => ({ ...input, bytes: 40 * 1024 * 1024 })) };
    plane.offer({ inputs });
    start();
    await plane.called("leases/progress", 2);
    plane.offer(large);
    plane.ring();
    expect((await plane.called("leases/release"))[0]?.body).toEqual({ reason: "no_space" });
    const leased = plane.named("runner/leases").length;
    plane.offer(large);
    plane.ring();
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 2);
    expect(plane.named("runner/leases")).toHaveLength(leased);
    gate.resolve();
    await plane.called("leases/complete");
    // There is room now; that the object is smaller than promised is another matter.
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "input_changed" } });
  });

  it("drops everything when the completion is refused as lost", async () => {
    const { storage, plane, start, scratch } = await scene(reverse);
    plane.refusals.set("leases/complete", ["lease_lost"]);
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete");
    await until(async () => (await scratch()).length === 0);
    expect(plane.named("leases/fail")).toEqual([]);
  });
});

describe("registration", () => {
  it("is kept over restarts", async () => {
    const { plane, start } = await scene(reverse);
    const first = start();
    const { runnerId } = await first.ready;
    first.daemon.drain();
    expect(await first.ended).toBe(0);
    expect((await start().ready).runnerId).toBe(runnerId);
    expect(plane.named("runners/register")).toHaveLength(1);
  });

  it("is not renewed by the token that made it: a revoked runner stays out", async () => {
    const { plane, start, lines } = await scene(reverse, { POLL_SECONDS: "0.1" });
    const { daemon, ended, ready } = start();
    await ready;
    plane.credentials.clear();
    await until(() => lines.some((line) => line.includes("refuses this runner")));
    daemon.drain();
    expect(await ended).toBe(0);
    const asked = plane.named("runner/leases").length;
    start();
    await plane.called("runner/leases", asked + 1);
    await until(() => lines.filter((line) => line.includes("refuses this runner")).length === 2);
    expect(plane.named("runners/register")).toHaveLength(1);
  });

  it("is renewed by a token that the runner is started with anew", async () => {
    const { storage, plane, start } = await scene(reverse, { POLL_SECONDS: "0.1" });
    const { daemon, ended, ready } = start();
    await ready;
    daemon.drain();
    await ended;
    plane.credentials.clear();
    start({ registrationToken: "another token" });
    await plane.called("runners/register", 2);
    plane.offer(withSource(storage, source));
    await plane.called("leases/complete");
  });

  it("ends the start when it is refused, and a stop in the middle of it is a stop", async () => {
    const refused = await scene(reverse);
    refused.plane.refusals.set("runners/register", ["registration_refused"]);
    expect(await refused.start().ended).toBe(1);

    const away = await scene(reverse);
    away.plane.refusals.set(
      "runners/register",
      Array.from({ length: 100 }, () => "unavailable" as const),
    );
    const { daemon, ended } = away.start();
    await away.plane.called("runners/register");
    daemon.drain();
    expect(await ended).toBe(0);
  });
});

describe("shutdown", () => {
  async function working(environment: Record<string, string> = {}) {
    const { kind, started } = childKind();
    const all = await scene(kind, environment);
    const task: LeasedTask = all.plane.offer();
    const running = all.start();
    return { ...all, ...running, ...(await started), task };
  }

  it("finishes what it has within the grace time, and takes no more", async () => {
    const { storage, plane, start } = await scene(async (context) => {
      await gate.promise;
      return reverse(context);
    });
    const gate = Promise.withResolvers<void>();
    plane.offer(withSource(storage, source));
    const { daemon, ended } = start();
    await plane.called("leases/progress", 2);
    daemon.drain();
    plane.offer(withSource(storage, source));
    plane.ring();
    await until(() => saidDraining(plane));
    gate.resolve();
    expect(await ended).toBe(0);
    expect(plane.named("leases/complete")).toHaveLength(1);
    expect(leaseRequests(plane).every(({ runner }) => !runner.draining)).toBe(true);
  });

  it("hands back what is not finished when the grace time is over", async () => {
    const { daemon, ended, plane, child, scratch } = await working({ DRAIN_GRACE: "0" });
    daemon.drain();
    expect(await ended).toBe(0);
    expect(plane.named("leases/release").map(({ body }) => body)).toEqual([{ reason: "shutdown" }]);
    expect(plane.named("leases/fail")).toEqual([]);
    await until(() => !isAlive(child.pid) && !isAlive(child.grandchildPid));
    expect(await scratch()).toEqual([]);
  });

  it("hands back at once when it is told twice", async () => {
    const { daemon, ended, plane, child } = await working();
    daemon.drain();
    daemon.handBack();
    expect(await ended).toBe(0);
    expect(plane.named("leases/release")).toHaveLength(1);
    expect(isAlive(child.pid)).toBe(false);
  });

  it("rests as long as the control plane asks it to drain, and goes on after", async () => {
    const { storage, plane, start, lines } = await scene(reverse, { POLL_SECONDS: "0.1" });
    plane.drain = true;
    await start().ready;
    await until(() => plane.sockets.length === 1 && lines.some((line) => line.includes('"to":"draining"')));
    // What the region says when a lease is over makes every runner beat at once.
    const beatNow = () =>
      plane.sockets[0]?.send(
        JSON.stringify({ type: "stop", taskId: taskIdOf(newRegionalId("job", "weur"), "weur:0"), epoch: 1 }),
      );
    beatNow();
    await until(() => saidDraining(plane));
    const asked = plane.named("runner/leases").length;
    plane.offer(withSource(storage, source));
    plane.ring();
    beatNow();
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 1);
    expect(plane.named("runner/leases")).toHaveLength(asked);
    plane.drain = false;
    beatNow();
    await plane.called("leases/complete");
  });
});

describe("a pause", () => {
  it("is said once in the log, with its end and why, and so is that it is over", async () => {
    const { plane, start, lines } = await scene(reverse);
    const saying = (text: string) => lines.filter((line) => line.includes(text));
    const beat = async () => {
      const taskId = taskIdOf(newRegionalId("job", "weur"), "weur:0");
      const answered = plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 1);
      plane.sockets[0]?.send(JSON.stringify({ type: "stop", taskId, epoch: 1 }));
      await answered;
    };
    plane.paused = { until: 1_800_000_000_000, lastCode: "encode_failed" };
    await start().ready;
    await until(() => plane.sockets.length === 1 && saying("paused by the control plane").length === 1);
    await beat();
    await beat();
    plane.paused = null;
    await beat();
    await until(() => saying("may take work again").length === 1);
    const said = saying("paused by the control plane");
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0] ?? "")).toMatchObject({ until: "2027-01-15T08:00:00.000Z", lastCode: "encode_failed" });
  });
});

describe("storage away", () => {
  it("keeps the result and uploads it when the storage is back, without working again", async () => {
    let runs = 0;
    const { storage, plane, start } = await scene((context) => {
      runs++;
      storage.faults.push(answerWith(503));
      return reverse(context);
    });
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete");
    expect(runs).toBe(1);
  });
});
