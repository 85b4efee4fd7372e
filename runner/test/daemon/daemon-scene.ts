import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LeaseRequest } from "@reelway/shared/contracts/lease";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { onTestFinished, vi } from "vitest";
import { noSandbox } from "../../src/box/unconfined.ts";
import { readConfig } from "../../src/config.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import type { ProvenDevice } from "../../src/ffmpeg/arguments/devices/device.ts";
import { noVocabulary } from "../../src/ffmpeg/vocabulary.ts";
import { DeviceSessions } from "../../src/hardware/device-sessions.ts";
import type { Kind, KindContext, KindResult } from "../../src/kinds/kind.ts";
import { createLog } from "../../src/log.ts";
import { type StubbornChild, stubbornChild } from "../support/child.ts";
import { ControlPlane } from "../support/control-plane.ts";
import { testDirectory } from "../support/directory.ts";
import { noDevices } from "../support/no-devices.ts";
import { startStorage } from "../support/storage-server.ts";

export const source = randomBytes(50_000);
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
  ffprobeVersion: "0-test",
  build: "0",
  knows: () => false,
  provenEncoders: new Set<string>(),
  provenVmaf: false,
  vocabulary: noVocabulary,
  devices: [],
};

/** Turns its source round: quick work with one result. */
export const reverse: Kind = async ({ inputs, outputDirectory, report }) => {
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
export function childKind(): { kind: Kind; started: Promise<{ child: StubbornChild; context: KindContext }> } {
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

/** A runner beside a scripted region and its storage, on real sockets; `start` begins it, and the test's end stops it. */
export async function scene(kind: Kind, environment: Record<string, string> = {}) {
  const storage = await startStorage();
  const plane = await new ControlPlane(storage).start();
  const directory = await testDirectory();
  const lines: string[] = [];
  const wrong: string[] = [];
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
  const start = (
    changes: Partial<typeof config> = {},
    capabilities: readonly string[] = ["kind:probe"],
    usable: readonly ProvenDevice[] = [],
    proved: Promise<void> = Promise.resolve(),
  ) => {
    const ready = Promise.withResolvers<{ runnerId: string; healthUrl: string }>();
    const daemon = new Daemon({
      config: { ...config, ...changes },
      engine: null,
      sandbox: noSandbox(config.sandbox.limits, []),
      prove: async () => {
        await proved;
        const devices = { ...noDevices, usable: () => usable };
        const software = { wrong: (_: string, reason: string) => void wrong.push(reason) };
        const sessions = new DeviceSessions();
        return { tools, devices, software, sessions, capabilities: () => capabilities, close: () => {} };
      },
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
  return { storage, plane, config, start, lines, wrong, scratch };
}

export const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 5 });
export const saidDraining = (plane: ControlPlane) =>
  plane.named("runner/heartbeat").some(({ body }) => JSON.stringify(body).includes('"draining":true'));
export const leaseRequests = (plane: ControlPlane) =>
  plane.named("runner/leases").map(({ body }) => LeaseRequest.parse(body));
