import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import vectors from "@reelway/shared/net/forbidden-urls.json" with { type: "json" };
import { guardedAgent } from "@reelway/shared/net/guarded-agent";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import type { Agent } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GuardedRequest, guardedFetch } from "../../src/net/guarded-fetch.ts";

const strict: UrlPolicy = { allowPrivate: false, ownHosts: vectors.ownHosts };
const free: UrlPolicy = { allowPrivate: true, ownHosts: [] };

/** What must never be reached: it counts whoever connects, before any byte is spoken. */
let connections = 0;
let requests: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let port: number;
const agents: Agent[] = [];

beforeEach(async () => {
  connections = 0;
  requests = [];
  answer = (_, response) => response.end("secret");
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function agentOf(policy: UrlPolicy, lookup?: LookupFunction, idleTimeoutMs = 5_000): Agent {
  const agent = guardedAgent({ allowPrivate: policy.allowPrivate, lookup, connectTimeoutMs: 1_000, idleTimeoutMs });
  agents.push(agent);
  return agent;
}

const fetchWith = (url: string, policy: UrlPolicy, agent: Agent, more: Partial<GuardedRequest> = {}) =>
  guardedFetch({ url, policy, agent, totalMs: 5_000, ...more });

const forbidden = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ReelwayError);
  expect(error).toMatchObject({ code: "source_forbidden" });
};

/** Answers each question with the next of these lists; the last one again and again. */
function resolver(...lists: string[][]): LookupFunction {
  let asked = 0;
  return (_, options, callback) => {
    const list = lists[Math.min(asked++, lists.length - 1)] ?? [];
    const answers = list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all) callback(null, answers);
    else callback(null, answers[0]?.address ?? "", answers[0]?.family ?? 4);
  };
}

describe("the guard", () => {
  test("refuses every forbidden URL without a connection", async () => {
    const agent = agentOf(strict);
    for (const { url } of vectors.refused) await forbidden(fetchWith(url, strict, agent));
    expect(connections).toBe(0);
  });

  test.each(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"])(
    "the connector itself refuses %s, whatever let it through before",
    async (host) => {
      // The policy is asked about the URL and allows it; the agent alone stands between.
      await forbidden(fetchWith(`http://${host}:${port}/`, free, agentOf(strict)));
      expect(connections).toBe(0);
    },
  );

  test.each([
    ["a private address", [["127.0.0.1"]]],
    ["a public address and a private one", [["8.8.8.8", "127.0.0.1"]]],
    ["a public IPv4 and a private IPv6 address", [["8.8.8.8", "::1"]]],
    ["a private IPv4 and a public IPv6 address", [["2606:4700:4700::1111", "127.0.0.1"]]],
    ["NAT64 of a private address", [["64:ff9b::7f00:1"]]],
    ["6to4 of a private address", [["2002:7f00:1::"]]],
    ["a mapped address", [["::ffff:127.0.0.1"]]],
    ["the cloud's metadata", [["169.254.169.254"]]],
    ["nothing", [[]]],
    ["something that is no address", [["metadata"]]],
  ])("refuses a name that leads to %s", async (_, lists) => {
    const agent = agentOf(strict, resolver(...lists));
    await forbidden(fetchWith(`http://source.example:${port}/`, free, agent));
    expect(connections).toBe(0);
  });

  test("a name that changes its answer is checked where it is used", async () => {
    // Whoever asked first, to check, was told a public address; the connection is told another.
    const flipping = resolver(["8.8.8.8"], ["127.0.0.1"]);
    flipping("source.example", { all: true }, () => undefined);
    await forbidden(fetchWith(`http://source.example:${port}/`, free, agentOf(strict, flipping)));
    expect(connections).toBe(0);
  });

  test("a connection that ends up elsewhere than was looked up is closed before a byte is sent", async () => {
    let read = 0;
    // Public for whoever checks it, another for whoever connects.
    const answers = [
      {
        family: 4,
        get address() {
          return read++ === 0 ? "8.8.8.8" : "127.0.0.1";
        },
      },
    ];
    const lookup: LookupFunction = (_, _options, callback) => callback(null, answers);
    await forbidden(fetchWith(`http://source.example:${port}/`, free, agentOf(strict, lookup)));
    expect(connections).toBe(1);
    expect(requests).toEqual([]);
  });

  test("the environment's proxy is not used", async () => {
    const before = process.env.http_proxy;
    process.env.http_proxy = `http://127.0.0.1:${port}`;
    try {
      await forbidden(fetchWith("http://127.0.0.1:9/", free, agentOf(strict)));
    } finally {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    }
    expect(connections).toBe(0);
  });
});

describe("a redirect", () => {
  const redirectTo = (locations: Readonly<Record<string, string>>) => {
    answer = (request, response) => {
      const location = locations[request.url ?? ""];
      if (location === undefined) return void response.end("bytes");
      response.writeHead(302, { location }).end();
    };
  };

  test("is followed, with its headers, on the same origin", async () => {
    redirectTo({ "/a": "/b", "/b": "/c" });
    const headers = { authorization: "Bearer x", range: "bytes=5-" };
    const found = await fetchWith(`http://127.0.0.1:${port}/a`, free, agentOf(free), { headers });
    expect([found.status, found.url.pathname, (await found.body.toArray()).join("")]).toEqual([200, "/c", "bytes"]);
    expect(requests.at(-1)?.headers).toMatchObject({ ...headers, "accept-encoding": "identity" });
  });

  test("to another origin carries no authorization, but the range", async () => {
    redirectTo({ "/a": `http://localhost:${port}/b` });
    const headers = { Authorization: "Bearer x", Cookie: "a=b", range: "bytes=5-" };
    const found = await fetchWith(`http://127.0.0.1:${port}/a`, free, agentOf(free), { headers });
    found.body.destroy();
    expect(requests.at(-1)?.headers).toMatchObject({ range: "bytes=5-" });
    expect(requests.at(-1)?.headers).not.toHaveProperty("authorization");
    expect(requests.at(-1)?.headers).not.toHaveProperty("cookie");
  });

  test.each([
    "http://user:secret@127.0.0.1/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "https://exa mple/",
    "http://[",
  ])("to %s ends it", async (location) => {
    redirectTo({ "/a": location });
    await forbidden(fetchWith(`http://127.0.0.1:${port}/a`, free, agentOf(free)));
    expect(requests).toHaveLength(1);
  });

  test("leaves the chain at the sixth", async () => {
    redirectTo({ "/a": "/a" });
    const work = fetchWith(`http://127.0.0.1:${port}/a`, free, agentOf(free));
    await expect(work).rejects.toMatchObject({ code: "download_failed" });
    expect(requests).toHaveLength(6);
  });

  test("each hop passes the whole guard", async () => {
    // The first hop is allowed for the test's sake, the second is judged as every user's URL.
    let hops = 0;
    const policy: UrlPolicy = {
      ownHosts: [],
      get allowPrivate() {
        return hops++ === 0 || requests.length === 0;
      },
    };
    redirectTo({ "/a": "http://169.254.169.254/latest/meta-data/" });
    await forbidden(guardedFetch({ url: `http://127.0.0.1:${port}/a`, policy, agent: agentOf(free), totalMs: 5_000 }));
    expect(requests).toHaveLength(1);
  });
});

describe("time", () => {
  test("a server that says nothing is given up", async () => {
    answer = () => undefined;
    const work = fetchWith(`http://127.0.0.1:${port}/`, free, agentOf(free, undefined, 100));
    await expect(work).rejects.toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
  });

  test("one that never ends is cut off", async () => {
    answer = (_, response) => {
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    };
    const found = await fetchWith(`http://127.0.0.1:${port}/`, free, agentOf(free), { totalMs: 200 });
    await expect(found.body.toArray()).rejects.toThrow(/timeout|aborted/i);
  });
});
