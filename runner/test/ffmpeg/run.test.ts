import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { execa } from "execa";
import { describe, expect, it, vi } from "vitest";
import { unconfinedBox } from "../../src/box/unconfined.ts";
import { finishingMs, type RunScope, runFfmpeg, runFfprobe } from "../../src/ffmpeg/run.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { tools } from "../media-tools.ts";
import { bareBox } from "../support/bare-box.ts";

function scope(fixture: string | null, more: Partial<RunScope> = {}): RunScope {
  const ffmpegPath = fixture === null ? tools.ffmpegPath : join(import.meta.dirname, "fixtures", fixture);
  return {
    tools: { ...tools, ffmpegPath },
    box: bareBox,
    cwd: tmpdir(),
    reads: [],
    writes: [tmpdir()],
    signal: new AbortController().signal,
    stallMs: 10_000,
    onProcessGroup: () => {},
    hidePaths: [],
    ...more,
  };
}

/** The processes of a group that still run. Dead ones that nobody has reaped don't. */
async function running(group: number): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "pgid=,stat=,args="]);
  return stdout.split("\n").filter((line) => Number.parseInt(line, 10) === group && !/^\s*\d+\s+Z/.test(line));
}

describe("runFfmpeg", () => {
  it("ends a child that makes no progress, and its children with it", async () => {
    let group = 0;
    const run = runFfmpeg(scope("ffmpeg-that-hangs.sh", { stallMs: 200, onProcessGroup: (pid) => (group = pid) }), []);
    expect((await failureOf(run)).code).toBe("encode_stalled");
    await vi.waitFor(async () => expect(await running(group)).toEqual([]));
  });

  it.skipIf(process.platform !== "linux")(
    "bears a child's silence for longer while it computes, and not for ever",
    async () => {
      const silentFor = (tenths: number) =>
        runFfmpeg(scope("ffmpeg-that-computes.sh", { stallMs: 1_000 }), [String(tenths)]);
      expect(await silentFor(25)).toMatchObject({ frames: null });
      expect(await failureOf(silentFor(600))).toMatchObject({
        code: "encode_stalled",
        detail: "no progress for 10 s",
      });
    },
  );

  it("throws the reason of an abort, though SIGTERM is ignored", async () => {
    const controller = new AbortController();
    const reason = new ReelwayError("job_timeout", "too long");
    let group = 0;
    const started = scope("ffmpeg-that-hangs.sh", {
      signal: controller.signal,
      onProcessGroup: (pid) => (group = pid),
    });
    const run = failureOf(runFfmpeg(started, [], () => controller.abort(reason)));
    expect(await run).toBe(reason);
    await vi.waitFor(async () => expect(await running(group)).toEqual([]));
  });

  it("sends SIGKILL at once when the lease is lost", async () => {
    const controller = new AbortController();
    const signals: unknown[] = [];
    const kill = vi.spyOn(process, "kill").mockImplementation((pid, signal) => {
      signals.push(signal);
      kill.mockRestore();
      return process.kill(pid, signal);
    });
    const started = scope("ffmpeg-that-hangs.sh", { signal: controller.signal });
    const run = runFfmpeg(started, [], () => controller.abort(new ReelwayError("lease_lost")));
    expect((await failureOf(run)).code).toBe("lease_lost");
    expect(signals).toEqual(["SIGKILL"]);
  });

  it("starts nothing when it is over already", async () => {
    const reason = new ReelwayError("lease_lost");
    const run = runFfmpeg(scope("ffmpeg-that-hangs.sh", { signal: AbortSignal.abort(reason) }), []);
    expect(await failureOf(run)).toBe(reason);
  });

  it("keeps a bounded, clean tail of the log and reads the reason in it", async () => {
    const error = await failureOf(runFfmpeg(scope("ffmpeg-that-floods.sh"), []));
    expect(error.code).toBe("scratch_full");
    expect(error.detail).toBe("av_interleaved_write_frame(): No space left on device");
    expect(error.logTail?.length).toBeLessThanOrEqual(limits.logTailLength);
    expect(error.logTail).toContain("line 2999 ?]0;title? of many");
  });

  it("believes no good end where the disk was full", async () => {
    const tone = ["-v", "error", "-y", "-f", "lavfi", "-i", "sine=duration=1", "-f", "wav", "/dev/full"];
    expect((await failureOf(runFfmpeg(scope(null), tone))).code).toBe("scratch_full");
  });

  it("takes a kill from outside for want of memory", async () => {
    expect((await failureOf(runFfmpeg(scope("ffmpeg-that-is-killed.sh"), []))).code).toBe("out_of_memory");
  });

  it("is more patient the more there is to move when the index goes to the front", () => {
    const progress = { frames: 1, outSeconds: 1, fps: null, speed: null, ended: false };
    expect(finishingMs({ ...progress, bytes: null })).toBe(0);
    expect(finishingMs({ ...progress, bytes: 10_000_000_000 })).toBe(500_000);
  });

  it("waits that long before it calls a silent ffmpeg stalled", async () => {
    const run = runFfmpeg(scope("ffmpeg-that-finishes-slowly.sh", { stallMs: 200 }), []);
    expect(await run).toMatchObject({ frames: 1 });
  });

  it("stops an ffprobe that prints without end", async () => {
    const ffprobePath = join(import.meta.dirname, "fixtures", "ffprobe-that-never-ends.sh");
    const run = runFfprobe({ ...scope(null), tools: { ...tools, ffprobePath } }, []);
    expect((await failureOf(run)).code).toBe("input_limit_exceeded");
  });

  it("says when there is no such program", async () => {
    const error = await failureOf(
      runFfmpeg({ ...scope("missing.sh"), tools: { ...tools, ffmpegPath: "/no/such" }, box: unconfinedBox() }, []),
    );
    expect(error.code).toBe("runner_error");
  });

  it.skipIf(process.platform !== "linux")("leaves no ffmpeg behind when the runner itself is killed", async () => {
    const runner = execa(process.execPath, [join(import.meta.dirname, "fixtures", "runner-to-kill.ts")], {
      env: { FFMPEG: tools.ffmpegPath, FFPROBE: tools.ffprobePath },
      reject: false,
      stdin: "ignore",
    });
    const group = await new Promise<number>((resolve) =>
      runner.stdout.once("data", (text: Buffer) => resolve(Number(text))),
    );
    runner.kill("SIGKILL");
    await vi.waitFor(async () => expect(await running(group)).toEqual([]), { timeout: 60_000 });
  });

  it("tells the truth about a real run", async () => {
    const seen: (number | null)[] = [];
    const args = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=duration=1:size=64x64", "-f", "null", "-"];
    const end = await runFfmpeg(scope(null), args, (progress) => seen.push(progress.frames));
    expect(end).toMatchObject({ frames: 25, outSeconds: 1, logTail: "" });
    expect(seen.at(-1)).toBe(25);
  });
});
