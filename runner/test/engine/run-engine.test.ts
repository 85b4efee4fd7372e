import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { execa } from "execa";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { MediaEngine } from "../../src/engine/open-engine.ts";
import { type EngineScope, runForDocument, runForLines } from "../../src/engine/run-engine.ts";
import { fixture } from "../fixtures.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { fixtureDirectory } from "../media-tools.ts";
import { testBox } from "../support/box.ts";
import { testDirectory } from "../support/directory.ts";
import { testEngine } from "../support/engine.ts";

let engine: MediaEngine;
beforeAll(async () => {
  engine = await testEngine();
}, 600_000);

async function scope(more: Partial<EngineScope> = {}): Promise<EngineScope> {
  const cwd = await testDirectory();
  return {
    engine,
    box: await testBox([cwd]),
    cwd,
    reads: [fixtureDirectory],
    writes: [cwd],
    signal: new AbortController().signal,
    onProcessGroup: () => {},
    hidePaths: [cwd],
    ...more,
  };
}

const like = (name: string): MediaEngine => ({ ...engine, path: join(import.meta.dirname, "fixtures", name) });

/** The processes of a group that still run. Dead ones that nobody has reaped don't. */
async function running(group: number): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "pgid=,stat=,args="]);
  return stdout.split("\n").filter((line) => Number.parseInt(line, 10) === group && !/^\s*\d+\s+Z/.test(line));
}

/** The URL of a server that takes a request and never answers. */
async function silentServer(): Promise<string> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4?token=hidden`;
}

describe("runForDocument", () => {
  it("gives what the engine printed", async () => {
    const document = await runForDocument(await scope(), ["probe", await fixture("clip.mp4")], 10_000);
    expect(document).toMatchObject({ container: "mp4", tracks: [{ kind: "video" }, { kind: "audio" }] });
  });

  it.each([
    ["no MP4 at all", Buffer.from("#EXTM3U\nfile:///etc/passwd\n"), "input_unreadable", "not an MP4 file"],
    ["a header that ends too early", Buffer.from("\0\0\x01\0moov\0\0\0\x6cmvhd", "latin1"), "input_truncated", "moov"],
    ["a movie without a header", Buffer.from("\0\0\0\x08moov", "latin1"), "input_unreadable", "mvhd"],
  ])("tells the engine's reason for refusing %s, without our paths", async (_, bytes, code, words) => {
    const where = await scope();
    const path = join(where.cwd, "source");
    await writeFile(path, bytes);
    const error = await failureOf(runForDocument(where, ["probe", path], 10_000));
    expect([error.code, error.detail]).toEqual([code, expect.stringContaining(words)]);
    expect(`${error.detail}${error.logTail}`).not.toContain(where.cwd);
  });

  it("takes wrong usage for a fault of the runner", async () => {
    expect((await failureOf(runForDocument(await scope(), ["probe", "--no-such"], 10_000))).code).toBe("runner_error");
  });

  it("reads no document without an end, and leaves no process", async () => {
    let group = 0;
    const where = await scope({ engine: like("engine-that-rambles.sh"), onProcessGroup: (pid) => (group = pid) });
    expect((await failureOf(runForDocument(where, ["probe"], 60_000))).code).toBe("input_limit_exceeded");
    await vi.waitFor(async () => expect(await running(group)).toEqual([]));
  });

  it("ends an engine that comes to no end", async () => {
    let group = 0;
    const where = await scope({ engine: like("engine-that-chatters.sh"), onProcessGroup: (pid) => (group = pid) });
    expect((await failureOf(runForDocument(where, ["probe"], 100))).code).toBe("encode_stalled");
    await vi.waitFor(async () => expect(await running(group)).toEqual([]));
  });
});

describe("runForLines", () => {
  const fetching = (cwd: string): [string, ...string[]] => [
    ...(["fetch", "-", "-o", join(cwd, "film"), "--json"] as const),
    "--allow-private",
  ];

  it.each([
    ["a lost lease", new ReelwayError("lease_lost")],
    ["a timeout", new ReelwayError("job_timeout", "too long")],
  ])("is killed in mid-run by %s, with nothing left", async (_, reason) => {
    const controller = new AbortController();
    let group = 0;
    const where = await scope({ signal: controller.signal, onProcessGroup: (pid) => (group = pid) });
    const run = failureOf(
      runForLines(where, fetching(where.cwd), { first: await silentServer(), onLine: () => undefined }),
    );
    await vi.waitFor(async () => expect(await running(group)).not.toEqual([]));
    // A URL may be a secret, and a command line is everybody's to read.
    expect((await running(group)).join()).not.toContain("token");
    controller.abort(reason);
    expect(await run).toBe(reason);
    await vi.waitFor(async () => expect(await running(group)).toEqual([]));
  });

  it.each([
    ["engine-that-rambles.sh", "a line without an end"],
    ["engine-that-chatters.sh", "something else than JSON"],
  ])("does not go on with an engine that says nonsense: %s", async (name, words) => {
    let group = 0;
    const where = await scope({ engine: like(name), onProcessGroup: (pid) => (group = pid) });
    const error = await failureOf(runForLines(where, ["fetch"], { first: "", onLine: () => undefined }));
    expect([error.code, error.detail]).toEqual(["runner_error", expect.stringContaining(words)]);
    await vi.waitFor(async () => expect(await running(group)).toEqual([]));
  });

  it("ends with what the reader of a line throws", async () => {
    const reason = new ReelwayError("scratch_full", "no room");
    const where = await scope({ engine: like("engine-that-chatters.sh") });
    const odd = runForLines(where, ["fetch"], {
      first: "",
      onLine: () => {
        throw reason;
      },
    });
    expect((await failureOf(odd)).code).toBe("runner_error");
  });
});
