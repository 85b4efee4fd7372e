import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProgressReport } from "@reelway/shared/contracts/lease";
import { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { newRegionalId, taskIdOf } from "@reelway/shared/ids";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Kind } from "../../src/kinds/kind.ts";
import { readRange } from "../../src/storage/read-range.ts";
import { withSource } from "../support/control-plane.ts";
import { md5Of } from "../support/storage-server.ts";
import { leaseRequests, reverse, scene, source, until } from "./daemon-scene.ts";

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

describe("tasks at once", () => {
  it("are as people set them, within what the host allows, and the host's own when they leave it to it", async () => {
    const { plane, config, start } = await scene(reverse, { POLL_SECONDS: "0.1" });
    const told = () => leaseRequests(plane).at(-1)?.runner.slots;
    plane.slots = 1_000;
    await start().ready;
    await until(() => told() === config.slotsMax);
    plane.slots = null;
    plane.sockets[0]?.send(
      JSON.stringify({ type: "stop", taskId: taskIdOf(newRegionalId("job", "weur"), "weur:0"), epoch: 1 }),
    );
    await until(() => told() === config.slots);
  });
});
