import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { guardedAgent } from "@reelway/shared/net/guarded-agent";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type EngineFetch, fetchByEngine } from "../../src/engine/fetch.ts";
import type { MediaEngine } from "../../src/engine/open-engine.ts";
import { type FetchOptions, fetchSource } from "../../src/storage/fetch-source.ts";
import { urlSource } from "../../src/storage/url-source.ts";
import { testBox } from "../support/box.ts";
import { testDirectory } from "../support/directory.ts";
import { testEngine } from "../support/engine.ts";
import { testPacing } from "../support/pacing.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
type Way = "one connection" | "the engine";

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

const says =
  (status: number, headers: Record<string, string> = {}, body = ""): Answer =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

let engine: MediaEngine;
beforeAll(async () => {
  engine = await testEngine();
}, 600_000);

interface Change extends Partial<Pick<FetchOptions, "bytesMax" | "claimSpace" | "stallMs" | "signal">> {
  readonly policy?: UrlPolicy;
  readonly retries?: EngineFetch["retries"];
}

/** A server that gives these answers, the last one again and again, and a fetch from it. */
async function scene(way: Way, answers: readonly Answer[], change: Change = {}) {
  const asked: { range: string | undefined; ifRange: string | undefined; ifMatch: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    const { range, "if-match": ifMatch } = request.headers;
    asked.push({ range, ifRange: [request.headers["if-range"]].flat()[0], ifMatch });
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
  const box = await testBox([dirname(path)]);
  const claimed: number[] = [];
  const pacing = testPacing();
  const { policy = { allowPrivate: true, ownHosts: [] }, retries = 2, ...bounds } = change;
  const url = `http://127.0.0.1:${port}/film.mp4`;
  const common = {
    path,
    bytesMax: 1_000_000,
    claimSpace: async (bytes: number) => claimed.push(bytes),
    onBytes: () => undefined,
    stallMs: 10_000,
    signal: new AbortController().signal,
    pacing,
    ...bounds,
  };
  const run = () => {
    if (way === "one connection")
      return fetchSource({ ...common, open: urlSource(url, { policy, agent, totalMs: 20_000 }) });
    const scope = {
      engine,
      box,
      cwd: dirname(path),
      reads: [],
      writes: [dirname(path)],
      signal: common.signal,
      onProcessGroup: () => undefined,
      hidePaths: [dirname(path)],
    };
    return fetchByEngine({ ...common, scope, url, policy, retries });
  };
  return { path, asked, claimed, pacing, run };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof ReelwayError ? error.code : String(error)),
  );

describe.each<Way>(["one connection", "the engine"])("a source fetched over %s", (way) => {
  it("has its room before its first byte is written", async () => {
    const { run, path, claimed } = await scene(way, [whole]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(claimed).toEqual([film.length]);

    const written: boolean[] = [];
    const looking = await scene(way, [whole], {
      claimSpace: async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        written.push(existsSync(looking.path) && (await readFile(looking.path)).length > 0);
      },
    });
    await looking.run();
    expect(written).toEqual([false]);
  });

  it.each([
    ["an ETag", { etag: '"a"' }, { etag: '"a"' }],
    ["an ETag that the part leaves out", { etag: '"a"' }, {}],
    ["a date, which a part may leave out", { "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT" }, {}],
  ])("goes on where it broke off, held to %s", async (_, first, second) => {
    const { run, path, asked } = await scene(way, [breaksAt(half, first), rest(second)]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it("begins anew where the file has nothing to recognise it by", async () => {
    const { run, path, asked } = await scene(way, [breaksAt(half), whole]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect([undefined, "bytes=0-"]).toContain(asked[1]?.range);
  });

  it("mixes no two files: one that was replaced meanwhile comes whole", async () => {
    const other = randomBytes(300_000);
    const replaced: Answer = (_, response) =>
      response.writeHead(200, { "content-length": other.length, etag: '"b"' }).end(other);
    const honest = await scene(way, [breaksAt(half, { etag: '"a"' }), replaced]);
    await honest.run();
    expect(await readFile(honest.path)).toEqual(other);

    // A server that heeds no condition, and sends the rest of another file.
    const careless = await scene(way, [breaksAt(half, { etag: '"a"' }), rest({ etag: '"b"' }), replaced]);
    await careless.run();
    expect(await readFile(careless.path)).toEqual(other);
  });

  it("is given up where it always breaks at the same place, however far that is", async () => {
    const { run, asked, path } = await scene(way, [breaksAt(half)]);
    expect(await codeOf(run())).toBe("source_unavailable");
    expect(asked.length).toBeLessThanOrEqual(6);
    if (way === "the engine") expect(existsSync(path)).toBe(false);
  });

  it("goes on as long as each attempt brings something new", async () => {
    const step = 80_000;
    const inSteps: Answer = ({ headers: { range = "bytes=0-" } }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
      const place = { "content-range": `bytes ${from}-${film.length - 1}/${film.length}`, etag: '"a"' };
      response.writeHead(from > 0 ? 206 : 200, { "content-length": film.length - from, ...place });
      if (from + step >= film.length) response.end(film.subarray(from));
      else response.write(film.subarray(from, from + step), () => setTimeout(() => response.destroy(), 20));
    };
    const { run, path } = await scene(way, [inSteps], { retries: 1 });
    await run();
    expect(await readFile(path)).toEqual(film);
  });

  it.each([
    ["less than it announced", breaksAt(half)],
    ["more than it announced", (_: unknown, response: ServerResponse) => overlong(response)],
    ["a part that was not asked for", rest({ "content-range": "bytes 5-9/400000", "content-length": "5" })],
    ["a part without its place", (_: unknown, response: ServerResponse) => response.writeHead(206).end(film)],
    ["nothing but errors of its own", says(500)],
    ["an error that few know", says(507)],
  ])("is not taken from a server that sends %s", async (_, answer) => {
    const { run } = await scene(way, [answer]);
    expect(await codeOf(run())).toBe("source_unavailable");
  });

  it("is given up where the server lets it wait for each byte", async () => {
    const drip: Answer = (_, response) => {
      response.writeHead(200, { "content-length": film.length });
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    };
    const { run, asked } = await scene(way, [drip], { stallMs: 250 });
    expect(await codeOf(run())).toBe("source_unavailable");
    expect(asked).toHaveLength(6);
  });

  it("is asked for again later where the server says so", async () => {
    const { run, asked } = await scene(way, [says(429), says(503), says(408), whole], { retries: 5 });
    await run();
    expect(asked).toHaveLength(4);
  });

  it.each([
    ["404", "source_not_found", says(404)],
    ["410", "source_not_found", says(410)],
    ["401", "source_refused", says(401)],
    ["403", "source_refused", says(403)],
    ["418", "source_refused", says(418)],
    ["a web page", "source_not_media", says(200, { "content-type": "text/html" }, "<p>Sign in</p>")],
    ["a web page under a false name", "source_not_media", says(200, { "content-type": "video/mp4" }, "\n<HTML>")],
    ["nothing", "source_not_media", says(200, { "content-length": "0" })],
  ])("that answers with %s is %s at once", async (_, code, answer) => {
    const { run, asked } = await scene(way, [answer]);
    expect([await codeOf(run()), asked.length]).toEqual([code, 1]);
  });

  it("is refused where its redirects do not end", async () => {
    const { run, asked } = await scene(way, [says(302, { location: "/film.mp4" })]);
    expect(await codeOf(run())).toBe("source_refused");
    expect(asked).toHaveLength(6);
  });

  it("is not even asked for at an address that the policy forbids", async () => {
    const { run, asked } = await scene(way, [whole], { policy: { allowPrivate: false, ownHosts: [] } });
    expect([await codeOf(run()), asked.length]).toEqual(["source_forbidden", 0]);
  });

  it("stops at its bound, announced or not, and keeps to the room that it was given", async () => {
    const unsized: Answer = (_, response) => response.writeHead(200).end(film);
    for (const answer of [whole, unsized]) {
      const { run } = await scene(way, [answer], { bytesMax: film.length - 1 });
      expect(await codeOf(run())).toBe("source_too_large");
    }
    for (const answer of [whole, unsized]) {
      const { run, path } = await scene(way, [answer], {
        claimSpace: async () => {
          throw new ReelwayError("scratch_full", "no room");
        },
      });
      expect(await codeOf(run())).toBe("scratch_full");
      expect(existsSync(path) ? await readFile(path) : Buffer.alloc(0)).toHaveLength(0);
    }
  });

  it("ends with the signal's own reason, in the middle of an answer", async () => {
    const aborter = new AbortController();
    const reason = new ReelwayError("job_timeout", "too long");
    const silent: Answer = (_, response) => {
      response.writeHead(200, { "content-length": film.length });
      response.write(film.subarray(0, half), () => setTimeout(() => aborter.abort(reason), 50));
    };
    const { run } = await scene(way, [silent], { signal: aborter.signal });
    await expect(run()).rejects.toBe(reason);
  });
});

describe("fetchSource", () => {
  it.each([
    ["has a weak ETag", { etag: 'W/"a"' }],
    ["says that it takes no ranges", { etag: '"a"', "accept-ranges": "none" }],
  ])("begins anew where the file %s", async (_, headers) => {
    const { run, path, asked } = await scene("one connection", [breaksAt(half, headers), whole]);
    await run();
    expect(await readFile(path)).toEqual(film);
    expect(asked[1]).toMatchObject({ range: undefined, ifRange: undefined });
  });

  it("asks for the rest under the condition that the file is the same", async () => {
    const tagged = await scene("one connection", [breaksAt(half, { etag: '"a"' }), rest({ etag: '"a"' })]);
    await tagged.run();
    expect(tagged.asked[1]?.ifRange).toBe('"a"');
    const date = "Sat, 21 Nov 2026 10:00:00 GMT";
    const dated = await scene("one connection", [breaksAt(half, { "last-modified": date }), rest({})]);
    await dated.run();
    expect(dated.asked[1]?.ifRange).toBe(date);
  });

  it("counts failures from the last one that brought something new", async () => {
    const { run, pacing, asked } = await scene("one connection", [breaksAt(half)]);
    expect(await codeOf(run())).toBe("source_unavailable");
    expect([asked.length, pacing.slept.length]).toEqual([6, 5]);
  });
});

describe("fetchByEngine", () => {
  it("asks for the rest under the condition that the file is the same", async () => {
    const { run, asked } = await scene("the engine", [breaksAt(half, { etag: '"a"' }), rest({ etag: '"a"' })]);
    await run();
    expect(asked[1]?.ifMatch).toBe('"a"');
  });

  const big = randomBytes(2_000_000);
  /** What was asked for of a larger film, as far as this many bytes of it; then silence. */
  const part =
    (bytes = big.length): Answer =>
    ({ headers: { range = "" } }, response) => {
      const [, first = "", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
      const [from, to] = [Number(first), last === "" ? big.length - 1 : Number(last)];
      const place = { "content-range": `bytes ${from}-${to}/${big.length}`, etag: '"a"' };
      response.writeHead(206, { "content-length": to + 1 - from, ...place });
      response.write(big.subarray(from, Math.min(to + 1, from + bytes)));
      if (from + bytes > to) response.end();
    };

  it("fetches ranges side by side", async () => {
    // As slow as a real server: from a fast one everything has come before a second connection could help.
    const slow: Answer = ({ headers: { range = "" } }, response) => {
      const [, first = "", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
      const [from, to] = [Number(first), last === "" ? big.length - 1 : Number(last)];
      const place = { "content-range": `bytes ${from}-${to}/${big.length}`, etag: '"a"' };
      response.writeHead(206, { "content-length": to + 1 - from, ...place });
      let sent = from;
      const timer = setInterval(() => {
        const end = Math.min(to + 1, sent + 20_000);
        response.write(big.subarray(sent, end));
        sent = end;
        if (sent > to) response.end();
        if (sent > to || response.destroyed) clearInterval(timer);
      }, 20);
    };
    const { run, path, asked, claimed } = await scene("the engine", [slow], { bytesMax: big.length });
    await run();
    expect((await readFile(path)).equals(big)).toBe(true);
    expect(asked.length).toBeGreaterThan(2);
    expect(claimed).toEqual([big.length]);
  });

  it("goes on with what a stall has left", async () => {
    // What is there is noted every two seconds.
    const { run, path, asked } = await scene("the engine", [part(300_000), part()], {
      bytesMax: big.length,
      stallMs: 3_000,
    });
    await run();
    expect((await readFile(path)).equals(big)).toBe(true);
    expect(asked.slice(1).filter(({ range }) => range?.startsWith("bytes=0-"))).toEqual([]);
  });
});

/** Node's own server can't: it holds itself to its Content-Length. */
function overlong(response: ServerResponse): void {
  response.socket?.end(
    Buffer.concat([Buffer.from("HTTP/1.1 206 OK\r\nContent-Range: bytes 0-99/100\r\n\r\n"), film.subarray(0, 5_000)]),
  );
}
