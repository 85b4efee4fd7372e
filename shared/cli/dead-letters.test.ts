import { expect, test, vi } from "vitest";
import type { Breaker } from "../contracts/breaker.ts";
import type { DeadLetter } from "../contracts/dead-letter.ts";
import { newId, newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

// Each run is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

/** Answers these requests, named `METHOD path`, and no others. */
function answers(on: Readonly<Record<string, unknown>>) {
  server.intercept = ({ method, path }, response) => {
    const [bare = ""] = path.replace("/api/v1", "").split("?");
    const answer = on[`${method} ${bare}`];
    if (answer === undefined) return false;
    if (answer !== null) return server.send(response, answer);
    response.writeHead(204).end();
    return true;
  };
}
const lastRequest = () => server.seen.at(-1);
const sentBody = () => JSON.parse(lastRequest()?.body.toString() ?? "");

const letter: DeadLetter = {
  id: newRegionalId("job", "weur"),
  tenantId: newId("ten"),
  assetId: newRegionalId("ast", "weur"),
  sourceName: "holiday.mov",
  region: "weur",
  kind: "transcode",
  preset: "mp4-h264@1",
  run: 1,
  attempt: 4,
  error: { code: "encode_failed", message: "ffmpeg ended\u001b[31m with 1" },
  tags: [],
  createdAt: 1,
  finishedAt: Date.now() - 65_000,
  discardedAt: null,
};

test("failed jobs are listed by filter, and shown with the log of each attempt", async () => {
  const inputRange = { fromSeconds: 12, toSeconds: 18.0417 };
  const program = { name: "ffmpeg", version: "7.1", command: "ffmpeg -i 'file:it'\\''s' out.mp4", inputRange };
  const error = { ...letter.error, logTail: "first line\nsecond\u001b[2J line", program };
  const attempt = { attempt: 1, runnerId: "run_a", startedAt: 0, endedAt: 4_000, outcome: "failed", error };
  answers({
    "GET /dead-letters": { items: [letter], nextCursor: null },
    [`GET /dead-letters/${letter.id}`]: { ...letter, attempts: [attempt, { ...attempt, attempt: 2 }] },
  });
  const listed = await cli.run("dead-letters", "ls", "--code", "encode_failed", "--preset", "mp4-h264", "--hours", "2");
  expect(listed.stdout).toMatch(/job_\S+\s+holiday\.mov\s+encode_failed\s+mp4-h264@1\s+4\s+1 min ago/);
  const query = new URL(lastRequest()?.path ?? "", server.url).searchParams;
  expect(Object.fromEntries(query)).toMatchObject({ code: "encode_failed", preset: "mp4-h264", discarded: "false" });
  expect(Number(query.get("since"))).toBeGreaterThan(Date.now() - 7_300_000);

  const { stdout } = await cli.run("dead-letters", "show", letter.id);
  expect(stdout).toContain("ffmpeg ended?[31m with 1");
  expect(stdout.match(/Attempt \d {2}failed after 4/g)).toHaveLength(2);
  expect(stdout.match(/first line\nsecond\?\[2J line/g)).toHaveLength(2);
  expect(stdout.match(/Failed: ffmpeg 7\.1, seconds 12 to 18\.042 of the source\n.*`source`:\n(.*)\n/)?.[1]).toBe(
    program.command,
  );
  expect((await cli.run("dead-letters", "show", letter.id, "--json")).json).toMatchObject([{ id: letter.id }]);
});

test("they are replayed by id or by filter; a script hears when some were refused", async () => {
  const other = newRegionalId("job", "weur");
  const done = { id: letter.id, outcome: "replayed", code: null };
  answers({ "POST /dead-letters/replay": { done: 1, refused: 0, items: [done] } });
  expect(await cli.run("dead-letters", "replay", letter.id)).toMatchObject({
    code: 0,
    stdout: `${letter.id}  replayed\n`,
  });
  expect(sentBody()).toEqual({ ids: [letter.id] });
  await cli.run("dead-letters", "replay", "--region", "weur", "--limit", "9");
  expect(sentBody()).toEqual({ filter: { region: "weur" }, limit: 9 });

  const items = [done, { id: other, outcome: "refused", code: "illegal_move" }];
  answers({ "POST /dead-letters/discard": { done: 1, refused: 1, items } });
  const partly = await cli.run("dead-letters", "discard", letter.id, other);
  expect(partly).toMatchObject({ code: 3, stdout: `${letter.id}  replayed\n${other}  refused  illegal_move\n` });
  expect(partly.stderr).toContain("1 of 2 refused");
});

test("neither all of them at once nor ids with a filter are taken: nothing is sent", async () => {
  const wrong = [[], [letter.id, "--code", "encode_failed"], ["--limit", "5"], ["not-an-id"]];
  const runs = await Promise.all(wrong.map((args) => cli.run("dead-letters", "replay", ...args)));
  expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  expect(server.seen).toEqual([]);
});

test("who is paused is listed, with shards that did not answer, and let go on", async () => {
  const breaker: Breaker = {
    key: `preset:mp4-h264@1:${letter.tenantId}`,
    party: "preset",
    region: "weur",
    shard: 0,
    state: "open",
    runnerId: null,
    tenantId: letter.tenantId,
    preset: "mp4-h264@1",
    failedJobs: [letter.id],
    openings: 1,
    openedAt: Date.now() - 5_000,
    retryAt: Date.now() + 55_000,
    lastFailureAt: Date.now(),
    lastCode: "encode_failed",
  };
  answers({
    "GET /breakers": { items: [breaker], unreachable: ["apac:0"] },
    [`POST /breakers/${encodeURIComponent(breaker.key)}/reset`]: {
      key: breaker.key,
      shards: ["weur:0"],
      unreachable: [],
    },
  });
  const { stdout, stderr } = await cli.run("breakers", "ls");
  expect(stdout).toContain(breaker.key);
  expect(stdout).toMatch(/weur\s+paused\s.*encode_failed/);
  expect(stderr).toContain("No answer from apac:0.");
  expect(await cli.run("breakers", "reset", breaker.key)).toMatchObject({ code: 0, stdout: `${breaker.key}  reset\n` });
  expect((await cli.run("breakers", "reset", "everybody")).code).toBe(2);
});

test("dead messages are listed, shown, sent again and forgotten", async () => {
  const message = { id: "m-1", queue: "reelway-jobs-weur-dead", body: '{"outboxId":7}', attempts: 6, createdAt: 1 };
  answers({
    "GET /dead-messages": { items: [message], nextCursor: null },
    "GET /dead-messages/m-1": message,
    "POST /dead-messages/m-1/replay": null,
    "POST /dead-messages/m-1/discard": null,
  });
  expect((await cli.run("dead-messages", "ls", "--json")).json).toEqual([message]);
  expect((await cli.run("dead-messages", "show", "m-1")).stdout).toContain('{"outboxId":7}');
  expect((await cli.run("dead-messages", "replay", "m-1")).stdout).toBe("m-1  sent\n");
  expect((await cli.run("dead-messages", "discard", "m-1")).stdout).toBe("m-1  discarded\n");
  expect((await cli.run("dead-messages", "discard", "gone")).code).toBe(3);
});
