import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { guardedAgent } from "@reelway/shared/net/guarded-agent";
import { describe, expect, it, onTestFinished } from "vitest";
import { type FetchOptions, fetchSource } from "../../src/storage/fetch-source.ts";
import { urlSource } from "../../src/storage/url-source.ts";
import { testDirectory } from "../support/directory.ts";
import { testPacing } from "../support/pacing.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const film = randomBytes(400_000);
const half = film.length / 2;
const whole: Answer = (_, response) => response.writeHead(200, { "content-length": film.length }).end(film);

/** All of the file, broken off after so many bytes. */
const breaksAt =
  (bytes: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": film.length, ...headers });
    response.write(film.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };

/** What was asked for, under these headers. */
const rest =
  (headers: Record<string, string>): Answer =>
  ({ headers: { range = "" } }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    const place = { "content-range": `bytes ${from}-${film.length - 1}/${film.length}` };
    response.writeHead(206, { "content-length": film.length - from, ...place, ...headers }).end(film.subarray(from));
  };

/** A server that gives these answers, the last one again and again, and a fetch from it. */
async function scene(answers: readonly Answer[], change: Partial<FetchOptions> = {}) {
  const asked: { range: string | undefined; ifRange: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push({ range: request.headers.range, ifRange: [request.headers["if-range"]].flat()[0] });
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const agent = guardedAgent({ allowPrivate: true, connectTimeoutMs: 2_000, idleTimeoutMs: 2_000 });
  onTestFinished(async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const path = join(await testDirectory(), "source");
  const claimed: number[] = [];
  const pacing = testPacing();
  const options: FetchOptions = {
    open: urlSource(`http://127.0.0.1:${port}/film.mp4`, {
      policy: { allowPrivate: true, ownHosts: [] },
      agent,
      totalMs: 20_000,
    }),
    path,
    bytesMax: 1_000_000,
    claimSpace: async (bytes) => claimed.push(bytes),
    onBytes: () => undefined,
    stallMs: 10_000,
    signal: new AbortController().signal,
    pacing,
    ...change,
  };
  return { path, asked, claimed, pacing, run: () => fetchSource(options) };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof ReelwayError ? error.code : String(error)),
  );

describe("fetchSource", () => {
  it("makes room for the whole file before its first byte is written", async () => {
    const { run, path, claimed } = await scene([whole]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(claimed).toEqual([film.length]);
  });

  it.each([
    ["an ETag", { etag: '"a"' }, { etag: '"a"' }, '"a"'],
    ["an ETag that the part leaves out", { etag: '"a"' }, {}, '"a"'],
    [
      "a date, which a part may leave out",
      { "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT" },
      {},
      "Sat, 21 Nov 2026 10:00:00 GMT",
    ],
  ])("goes on where it broke off, held to %s", async (_, first, second, ifRange) => {
    const { run, path, asked } = await scene([breaksAt(half, first), rest(second)]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual({ range: expect.stringMatching(/^bytes=[1-9]\d*-$/), ifRange });
  });

  it.each([
    ["has nothing to recognise it by", {}],
    ["has a weak ETag", { etag: 'W/"a"' }],
    ["says that it takes no ranges", { etag: '"a"', "accept-ranges": "none" }],
  ])("begins anew where the file %s", async (_, headers) => {
    const { run, path, asked } = await scene([breaksAt(half, headers), whole]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(asked[1]).toEqual({ range: undefined, ifRange: undefined });
  });

  it("mixes no two files: one that was replaced meanwhile comes whole", async () => {
    const other = randomBytes(300_000);
    const replaced: Answer = (_, response) =>
      response.writeHead(200, { "content-length": other.length, etag: '"b"' }).end(other);
    const honest = await scene([breaksAt(half, { etag: '"a"' }), replaced]);
    await honest.run();
    expect(await readFile(honest.path)).toEqual(other);

    // A server that heeds no If-Range, and sends the rest of another file.
    const careless = await scene([breaksAt(half, { etag: '"a"' }), rest({ etag: '"b"' }), replaced]);
    await careless.run();
    expect(await readFile(careless.path)).toEqual(other);
    expect(careless.asked[2]?.range).toBeUndefined();
  });

  it("gives up on a file that always breaks at the same place, however far that is", async () => {
    const { run, asked, pacing } = await scene([breaksAt(half)]);
    expect(await codeOf(run())).toBe("source_unavailable");
    // The first time it got somewhere.
    expect(asked).toHaveLength(6);
    expect(pacing.slept).toHaveLength(5);
  });

  it("goes on as long as each attempt brings something new", async () => {
    const step = 25_000;
    const inSteps: Answer = ({ headers: { range = "bytes=0-" } }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
      const place = { "content-range": `bytes ${from}-${film.length - 1}/${film.length}`, etag: '"a"' };
      response.writeHead(from > 0 ? 206 : 200, { "content-length": film.length - from, ...place });
      if (from + step >= film.length) response.end(film.subarray(from));
      else response.write(film.subarray(from, from + step), () => setTimeout(() => response.destroy(), 20));
    };
    const { run, path, asked } = await scene([inSteps]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(asked.length).toBeGreaterThan(10);
  });

  it.each([
    ["less than it announced", breaksAt(half)],
    ["more than it announced", (_: unknown, response: ServerResponse) => overlong(response)],
    ["a part that was not asked for", rest({ "content-range": "bytes 5-9/400000", "content-length": "5" })],
    ["a part without its place", (_: unknown, response: ServerResponse) => response.writeHead(206).end(film)],
  ])("takes nothing from a server that sends %s", async (_, answer) => {
    const { run } = await scene([answer]);
    expect(await codeOf(run())).toBe("source_unavailable");
  });

  it("gives up on a server that lets it wait for each byte", async () => {
    const drip: Answer = (_, response) => {
      response.writeHead(200, { "content-length": film.length });
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    };
    const { run, asked } = await scene([drip], { stallMs: 100 });
    expect(await codeOf(run())).toBe("source_unavailable");
    expect(asked).toHaveLength(6);
  });

  it("asks again later when it is told to, and not when asking is of no use", async () => {
    const says =
      (status: number): Answer =>
      (_, response) =>
        response.writeHead(status).end();
    const patient = await scene([says(429), says(503), says(408), whole]);
    await patient.run();
    expect(patient.pacing.slept).toHaveLength(3);
    for (const [status, code] of [
      [404, "source_not_found"],
      [410, "source_not_found"],
      [401, "source_refused"],
      [403, "source_refused"],
    ] as const) {
      const { run, asked } = await scene([says(status)]);
      expect([await codeOf(run()), asked.length]).toEqual([code, 1]);
    }
  });

  it("stops at its bound, announced or not, and keeps to the room that it was given", async () => {
    const unsized: Answer = (_, response) => response.writeHead(200).end(film);
    for (const answer of [whole, unsized]) {
      const { run } = await scene([answer], { bytesMax: film.length - 1 });
      expect(await codeOf(run())).toBe("source_too_large");
    }
    const { run } = await scene([whole], {
      claimSpace: async () => {
        throw new ReelwayError("scratch_full", "no room");
      },
    });
    expect(await codeOf(run())).toBe("scratch_full");
  });

  it("ends with the signal's own reason, in the middle of an answer", async () => {
    const aborter = new AbortController();
    const reason = new Error("canceled");
    const silent: Answer = (_, response) => {
      response.writeHead(200, { "content-length": film.length });
      response.write(film.subarray(0, half));
    };
    const { run } = await scene([silent], {
      signal: aborter.signal,
      onBytes: (received) => received === half && aborter.abort(reason),
    });
    await expect(run()).rejects.toBe(reason);
  });
});

/** Node's own server can't: it holds itself to its Content-Length. */
function overlong(response: ServerResponse): void {
  response.socket?.end(
    Buffer.concat([Buffer.from("HTTP/1.1 206 OK\r\nContent-Range: bytes 0-99/100\r\n\r\n"), film.subarray(0, 5_000)]),
  );
}
