import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { Batch } from "../contracts/batch.ts";
import { Connection } from "../contracts/connection.ts";
import { newId, newRegionalId } from "../ids.ts";
import { limits } from "../limits.ts";
import { nameOfSource } from "./convert/named-source.ts";
import { cli, server } from "./test/scripted-cli.ts";

// Each runs the real command line several times.
vi.setConfig({ testTimeout: 60_000 });

const url = "https://media.example.com/films/holiday%20one.mov?token=x";
const connectionId = newId("con");
const sent = (path: RegExp): unknown =>
  JSON.parse(String(server.seen.findLast((one) => one.method === "POST" && path.test(one.path))?.body));

/** Answers these paths in the control plane's place. */
function answers(routes: Record<string, (body: unknown) => unknown>) {
  server.intercept = ({ method, path, body }, response) => {
    const route = routes[`${method} ${path.replace("/api/v1", "")}`];
    return route ? server.send(response, route(body.length > 0 ? JSON.parse(String(body)) : undefined), 200) : false;
  };
}

const batch = (change: Partial<Batch> = {}): Batch => ({
  id: newId("bat"),
  name: "films",
  metadata: {},
  state: "running",
  counts: { queued: 2 },
  progress: { total: 2, ended: 0, percent: 0 },
  createdAt: Date.now(),
  canceledAt: null,
  ...change,
});

test("convert takes a URL, or a key with --connection: nothing is uploaded, the result is named by its last part", async () => {
  const done = await cli.run(
    "convert",
    url,
    "--to",
    connectionId,
    "--to-prefix",
    "out/",
    "--webhook-url",
    "https://a.example/",
  );
  expect([done.code, done.stdout]).toEqual([0, "holiday_one-mp4-h264.mp4\n"]);
  expect(server.count("POST", /assets/)).toBe(0);
  expect(sent(/jobs$/)).toEqual({
    sourceUrl: url,
    preset: "mp4-h264",
    webhookUrl: "https://a.example/",
    destination: { connectionId, prefix: "out/" },
  });
  expect((await cli.run("convert", "in/a.mov", "--connection", connectionId, "-o", "out.mp4")).code).toBe(0);
  expect(sent(/jobs$/)).toMatchObject({ source: { connectionId, key: "in/a.mov" } });
  expect((await cli.run("convert", url, "--to-prefix", "out/", "-o", "b.mp4")).stderr).toContain(
    "--to-prefix needs --to",
  );
});

test("what a URL calls its file is never a path of this machine", () => {
  for (const [text, name] of [
    ["https://a.example/..%2f..%2fetc%2fpasswd", ".._.._etc_passwd"],
    ["https://a.example/x%1b%5b31m.mp4", "x__31m.mp4"],
    ["https://a.example", "source"],
  ] as const)
    expect(nameOfSource({ sourceUrl: text })).toBe(name);
  expect(nameOfSource({ source: { connectionId, key: "a/b\u001b\u202e/c\\..\\d" } })).toBe("c_.._d");
});

test("fetch makes an asset, jobs create a job: the id on stdout", async () => {
  const asset = {
    id: newRegionalId("ast", "weur"),
    name: "a.mov",
    bytes: 0,
    contentType: "video/mp4",
    region: "weur",
    state: "fetching",
    etag: null,
    source: { kind: "url", url: "https://media.example.com/a.mov" },
    fetchJobId: newRegionalId("job", "weur"),
    error: null,
    createdAt: 1,
    completedAt: null,
  };
  answers({ "POST /assets": () => ({ asset, upload: null }) });
  const fetched = await cli.run("fetch", url, "--name", "a.mov", "--region", "weur");
  expect([fetched.code, fetched.stdout]).toEqual([0, `${asset.id}\n`]);
  expect(fetched.stderr).toContain(asset.fetchJobId);
  expect(sent(/assets$/)).toEqual({ sourceUrl: url, name: "a.mov", region: "weur" });
  expect((await cli.run("fetch", "a.mov")).stderr).toContain("reelway upload");

  const made = await cli.run("jobs", "create", asset.id, "-p", "gif", "--tag", "x");
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^job_\w+\n$/)]);
  expect(sent(/jobs$/)).toEqual({ assetId: asset.id, preset: "gif", tags: ["x"] });
  expect((await cli.run("jobs", "create", "neither")).code).toBe(2);
});

test("connections create reads the secret from no argument, and shows it nowhere", async () => {
  const shown: unknown = JSON.parse(connectionJson);
  answers({
    "POST /connections?verify=false": () => shown,
    [`GET /connections?limit=${limits.pageSizeDefault}`]: () => ({ items: [shown], nextCursor: null }),
  });
  const flags = ["--endpoint", "https://s3.example.com", "--bucket", "films", "--access-key-id", "AKIA", "--no-verify"];
  const { ended } = cli.start(["connections", "create", "studio", ...flags, "--prefix", "in/", "--for", "source"], {
    REELWAY_S3_SECRET: "the secret",
  });
  const made = await ended;
  expect([made.code, made.stdout]).toEqual([0, `${connectionId}\n`]);
  expect(sent(/connections/)).toEqual({
    name: "studio",
    endpoint: "https://s3.example.com",
    bucket: "films",
    accessKeyId: "AKIA",
    secretAccessKey: "the secret",
    prefix: "in/",
    purposes: ["source"],
  });
  expect(made.stdout + made.stderr).not.toContain("the secret");
  expect((await cli.run("connections", "create", "studio", ...flags)).stderr).toContain("REELWAY_S3_SECRET");
  expect((await cli.run("connections", "ls")).stdout).toMatch(/CONNECTION +NAME[\s\S]*studio +films\/in\/ +source/);
});

test("batches create takes sources of every kind, also from a file, and waits for the end", async () => {
  const assetId = newRegionalId("ast", "enam");
  writeFileSync(join(cli.folder, "films.txt"), `${url}\n\n${assetId}\n`);
  const made = batch();
  const ended = batch({
    id: made.id,
    state: "partially_succeeded",
    counts: { succeeded: 1, failed: 1 },
    progress: { total: 2, ended: 2, percent: 100 },
  });
  answers({ "POST /batches": () => made, [`GET /batches/${made.id}`]: () => ended });
  const watched = await cli.run("batches", "create", "--from", "films.txt", "--name", "films", "-p", "gif", "--watch");
  expect(sent(/batches$/)).toEqual({
    name: "films",
    sources: [{ sourceUrl: url }, { assetId }],
    job: { preset: "gif" },
  });
  expect([watched.code, watched.stdout]).toEqual([4, `${made.id}\n`]);
  expect(watched.stderr).toContain("1 succeeded, 1 failed");
  expect((await cli.run("batches", "create")).stderr).toContain("Give sources");

  answers({
    [`POST /batches/${made.id}/cancel`]: () => batch({ id: made.id, state: "canceled", counts: { canceled: 2 } }),
  });
  expect((await cli.run("batches", "cancel", made.id)).stdout).toMatch(/state +canceled[\s\S]*jobs +2 canceled/);
  answers({ [`POST /batches/${made.id}/retry-failed`]: () => made });
  expect((await cli.run("batches", "retry-failed", made.id, "--json")).json).toEqual([made]);
});

const connectionJson = JSON.stringify(
  Connection.parse({
    id: connectionId,
    name: "studio",
    endpoint: "https://s3.example.com",
    s3Region: "auto",
    bucket: "films",
    prefix: "in/",
    purposes: ["source"],
    accessKeyId: "AKIA",
    createdAt: 1,
  }),
);
