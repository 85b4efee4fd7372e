import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, createClient } from "./client.ts";
import { readServerSentEvents } from "./server-sent-events.ts";
import { type ScriptedServer, startScriptedServer } from "./test/scripted-server.ts";

let server: ScriptedServer;
let client: Client;
let now = 0;
const pacing = {
  now: () => now,
  random: () => 0.5,
  sleep: async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    now += ms;
  },
};

beforeEach(async () => {
  server = await startScriptedServer();
  client = createClient({ url: server.url, key: server.key, pacing, retry: { retries: 0, baseMs: 1, maxMs: 1 } });
});
afterEach(() => server.close());

async function percents(id: string, options = {}, seen: number[] = []): Promise<number[]> {
  for await (const status of client.jobs.watch(id, options)) seen.push(status.percent);
  return seen;
}
const succeeded = { state: "succeeded", percent: 100 } as const;

test("the frames of the stream, up to the terminal one", async () => {
  server.frames = [{ percent: 10 }, { percent: 60 }, succeeded];
  expect(await percents(server.addJob().id)).toEqual([10, 60, 100]);
});

test("a stream that breaks is opened again, and no frame comes twice", async () => {
  server.frames = [{ percent: 10 }, { percent: 60 }];
  const { id } = server.addJob();
  let opened = 0;
  server.intercept = ({ path }, response) => {
    if (!path.endsWith("/events")) return false;
    if (++opened === 2) server.frames.push(succeeded);
    if (opened > 1) return false;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const [first] = server.framesOf(id);
    response.write(`event: status\ndata: ${JSON.stringify(first)}\n\n`, () => response.destroy());
    return true;
  };
  expect(await percents(id)).toEqual([10, 60, 100]);
  expect(opened).toBe(2);
});

test("a stream that falls silent is opened again", async () => {
  server.frames = [{ percent: 10 }];
  const { id } = server.addJob();
  const seen: number[] = [];
  server.intercept = ({ path }) => {
    // However busy the machine: the stream that said 10 is not the one that says 100.
    if (path.endsWith("/events") && seen.length > 0 && server.frames.length === 1) server.frames.push(succeeded);
    return false;
  };
  expect(await percents(id, { silenceMs: 30 }, seen)).toEqual([10, 100]);
});

test("where streaming does not work it polls", async () => {
  server.frames = [{ percent: 10 }];
  let polls = 0;
  server.intercept = ({ path }, response) => {
    if (path.endsWith("/status") && ++polls === 3) server.frames.push(succeeded);
    if (!path.endsWith("/events")) return false;
    response.writeHead(501, { "content-type": "text/html" }).end("no streams here");
    return true;
  };
  expect(await percents(server.addJob().id)).toEqual([10, 100]);
});

test("a control plane that is away for a while is waited for, and in the end given up", async () => {
  const { id } = server.addJob();
  let refusals = 0;
  server.intercept = (_seen, response) => ++refusals <= 6 && server.problem(response, "unavailable");
  expect(await percents(id)).toEqual([100]);
  server.intercept = (_seen, response) => server.problem(response, "unavailable");
  await expect(percents(id, { patienceMs: 60_000 })).rejects.toMatchObject({ code: "unavailable" });
});

test("a job that is not ours is an error at once", async () => {
  await expect(percents("job_none")).rejects.toMatchObject({ code: "not_found" });
  expect(server.seen).toHaveLength(1);
});

test("an abort ends it", async () => {
  server.frames = [{ percent: 10 }];
  const controller = new AbortController();
  const watching = (async () => {
    for await (const _status of client.jobs.watch(server.addJob().id, { signal: controller.signal }))
      controller.abort(new Error("enough"));
  })();
  await expect(watching).rejects.toThrow("enough");
});

test("events survive any cut of the bytes", async () => {
  const text =
    ": hello\r\nevent: status\ndata: one\r\ndata: zwei ü\r\n\r\ndata:three\n\nevent: lost\ndata: never ended";
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, 1_000]) {
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
        controller.close();
      },
    });
    const events = [];
    for await (const event of readServerSentEvents(cut)) events.push(event);
    expect(events).toEqual([
      { event: "comment", data: "" },
      { event: "status", data: "one\nzwei ü" },
      { event: "message", data: "three" },
    ]);
  }
});
