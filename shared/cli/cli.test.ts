import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { launcher } from "./test/run-cli.ts";
import { cli, server } from "./test/scripted-cli.ts";

test("a list is an aligned table, and with --json the same things, one a line", async () => {
  const done = server.addJob({ state: "succeeded", startedAt: 0, finishedAt: 65_000 });
  const failed = server.addJob({ state: "failed", error: { code: "encode_failed", message: "x" } });
  const { stdout, code } = await cli.run("jobs", "ls");
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(new RegExp(`^${failed.id}  failed     mp4-h264@1  2 min ago +encode_failed$`));
  expect(lines[2]).toMatch(new RegExp(`^${done.id}  succeeded  mp4-h264@1  2 min ago  1:05$`));
  for (const title of ["STATE", "MAKES"])
    expect(lines[0]?.indexOf(title)).toBe(lines[1]?.indexOf(title === "STATE" ? "failed" : "mp4-h264"));

  const { json, stderr } = await cli.run("jobs", "ls", "--json");
  expect(json.map(({ id }) => id)).toEqual([failed.id, done.id]);
  expect(stderr).toBe("");
});

test("a job's own texts reach no terminal with control characters, and lose none in --json", async () => {
  const evil = "a\u001b[31mb\u009bc\u202ed";
  const { id } = server.addJob({ state: "failed", metadata: { title: evil } });
  server.frames = [{ state: "failed" }];
  expect((await cli.run("jobs", "show", id)).stdout).toContain("a?[31mb?c?d");
  const shown = await cli.run("jobs", "show", id, "--json");
  expect(shown.json[0]).toMatchObject({ metadata: { title: evil } });
  for (const control of ["\u001b", "\u009b", "\u202e"]) expect(shown.stdout).not.toContain(control);
});

test("a failed job is shown with the command that failed, on a line of its own", async () => {
  const program = { name: "ffmpeg", version: "7.1", command: "ffmpeg -i file:source 'a b.mp4'" } as const;
  const { id } = server.addJob({ state: "failed", error: { code: "encode_failed", message: "no", program } });
  expect((await cli.run("jobs", "show", id)).stdout.split("\n")).toContain(program.command);
});

test("cancel, watch and their exit codes", async () => {
  const { id } = server.addJob();
  expect((await cli.run("jobs", "cancel", id)).stdout).toBe(`${id}  canceled\n`);
  server.frames = [{ state: "canceled" }];
  expect((await cli.run("jobs", "watch", id)).code).toBe(5);
  server.frames = [{ percent: 5 }, { state: "succeeded", percent: 100 }];
  const watched = await cli.run("jobs", "watch", id, "--json");
  expect(watched.json.map(({ percent }) => percent)).toEqual([5, 100]);
});

test("a refusal: exit 3 with detail, remedy and request id; a broken service: exit 6", async () => {
  const { id } = server.addJob();
  server.intercept = (_seen, response) =>
    server.problem(response, "illegal_move", "succeeded: only failed or canceled");
  const refused = await cli.run("jobs", "retry", id);
  expect(refused.code).toBe(3);
  for (const part of ["not in a state that allows this", "only failed", "→ Read the job's state", "request req_test"])
    expect(refused.stderr).toContain(part);
  expect((await cli.run("jobs", "retry", id, "--json")).json).toEqual([
    { error: expect.objectContaining({ code: "illegal_move", requestId: "req_test", exitCode: 3 }) },
  ]);
  server.intercept = (_seen, response) => server.problem(response, "internal");
  expect((await cli.run("jobs", "ls")).code).toBe(6);
});

test("wrong usage: exit 2, one JSON object with --json", async () => {
  const wrong = await cli.run("jobs", "ls", "--limit", "many", "--json");
  expect([wrong.code, wrong.json]).toEqual([
    2,
    [
      {
        error: expect.objectContaining({
          code: "usage",
          errors: [{ path: "--limit", message: "must be a whole number" }],
        }),
      },
    ],
  ]);
  expect((await cli.run("jobz")).code).toBe(2);
  expect((await cli.run("jobs", "show", "job_1")).code).toBe(2);
  expect((await cli.run("--help")).stdout).toMatch(/130 {2}interrupted/);
});

test("upload prints the asset's id; a broken one goes on with --resume", async () => {
  writeFileSync(join(cli.folder, "big.mov"), "x".repeat(2_000));
  let broken = true;
  server.intercept = ({ path }, response) => {
    if (!broken || !path.endsWith(".5")) return false;
    response.writeHead(400).end();
    return true;
  };
  const failed = await cli.run("upload", "big.mov");
  const id = /--resume (ast_\w+)/.exec(failed.stderr)?.[1] ?? "";
  expect(failed.code).toBe(3);
  broken = false;
  const resumed = await cli.run("upload", "big.mov", "--resume", id);
  expect([resumed.code, resumed.stdout]).toEqual([0, `${id}\n`]);
  expect(server.objects.get(id)?.length).toBe(2_000);
});

test("the stack is found in a parent folder, and its key is sent to no other host", async () => {
  mkdirSync(join(cli.folder, ".reelway"));
  writeFileSync(join(cli.folder, ".reelway/connection.json"), JSON.stringify({ url: server.url, key: server.key }));
  const checkout = join(cli.folder, "nowhere");
  const { findConnection } = await import("./connection.ts");
  const place = { flags: {}, env: { HOME: checkout }, cwd: join(cli.folder, "deep/er"), checkout };
  expect(findConnection(place)).toEqual({ url: server.url, key: server.key });
  expect(findConnection({ ...place, flags: { url: `${server.url}/` } }).key).toBe(server.key);
  expect(() => findConnection({ ...place, flags: { url: "https://elsewhere.example" } })).toThrow(
    "No API key is known",
  );
  expect(findConnection({ ...place, env: { ...place.env, REELWAY_URL: "http://a", REELWAY_API_KEY: "b" } })).toEqual({
    url: "http://a",
    key: "b",
  });
  expect(() => findConnection({ ...place, cwd: "/" })).toThrow("No Reelway control plane is known here");
});

test("the launcher finds its checkout through links, and a reader that leaves is no error", async () => {
  for (let index = 0; index < 3; index++) server.addJob();
  symlinkSync(launcher, join(cli.folder, "one"));
  symlinkSync("one", join(cli.folder, "two"));
  const version = spawnSync(join(cli.folder, "two"), ["--version"], { encoding: "utf8" });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);

  const { child, ended } = cli.start(["jobs", "ls", "--json"]);
  child.stdout?.destroy();
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
});
