import { expect, test } from "vitest";
import type { UnknownBytes } from "../contracts/storage-check.ts";
import { newId, newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const tenantId = newId("ten");
const root = (digit: string) => `t/${tenantId}/${digit.repeat(32)}`;
const gone = {
  ...{ tenantId, region: "weur", assetId: null, jobId: newRegionalId("job", "weur") },
  ...{ missing: 2, changed: 1, names: ["video.mp4", "poster\u001b[31m.jpg", "other.json"] },
};
const stray = (digit: string): UnknownBytes => ({
  ...{ region: "enam", root: root(digit), objects: 3, bytes: 4_200_000, more: false, deletedAt: null },
});

/** A page for each cursor; unknown bytes in one region alone, of which those are deleted that `known` does not name. */
function answers(missing: readonly unknown[], unknown: readonly UnknownBytes[], known: readonly string[] = []) {
  let rest: readonly object[] = unknown;
  server.intercept = ({ method, path }, response) => {
    const url = new URL(path, "http://server");
    const isFirst = !url.searchParams.has("cursor");
    const nextCursor = isFirst ? "next" : null;
    if (url.pathname.endsWith("/storage/unknown/keep")) {
      rest = unknown.map((item) => ({ ...item, deletedAt: null }));
      response.writeHead(204).end();
      return true;
    }
    if (method === "POST") {
      rest = unknown.filter((item) => !known.includes(item.root)).map((item) => ({ ...item, deletedAt: 86_400_000 }));
      return server.send(response, { deletedAt: 86_400_000, roots: [] });
    }
    if (url.pathname.endsWith("/storage/missing"))
      return server.send(response, { items: isFirst ? [] : missing, objects: 50, nextCursor });
    return server.send(response, {
      items: url.searchParams.get("region") === "enam" && !isFirst ? rest : [],
      nextCursor,
    });
  };
}

test("storage check says that all is as the records say", async () => {
  answers([], []);
  const { stdout, code } = await cli.run("storage", "check");
  expect(code).toBe(0);
  expect(stdout).toBe(
    "100 objects were looked for; 0 sources or results are not as they were.\n0 B in 0 places no record knows; of these 0 are to be deleted.\n",
  );
}, 20_000);

test("storage check names what is gone and what nobody knows, deletes nothing by itself, and ends with 3", async () => {
  // A stream may come in several goes.
  answers([gone, { ...gone, missing: 5 }], [stray("a"), stray("b")]);
  const { stdout, stderr, code } = await cli.run("storage", "check");
  expect(code).toBe(3);
  expect(stdout).toMatch(
    new RegExp(`${gone.jobId}\\s+${tenantId}\\s+weur\\s+7\\s+2\\s+video.mp4, poster\\?\\[31m.jpg`),
  );
  expect(stdout).toMatch(new RegExp(`${root("a")}\\s+enam\\s+3\\s+4.2 MB`));
  expect(stdout).toContain("8.4 MB in 2 places no record knows; of these 0 are to be deleted.");
  expect(stderr).toContain("made anew from its source");
  expect(stderr).toContain("--delete-unknown");
  expect(server.seen.filter(({ method }) => method === "POST")).toEqual([]);
}, 20_000);

test("storage check --delete-unknown has deleted what nobody knows by then, and says when", async () => {
  answers([], [stray("a"), stray("b")], [root("b")]);
  const done = await cli.run("storage", "check", "--delete-unknown", "--region", "enam", "--json");
  expect(done.code).toBe(0);
  expect(done.json).toMatchObject([
    { found: "unknown", root: root("a"), deletedAt: 86_400_000 },
    { objects: 100, unknown: 1, toBeDeleted: 1 },
  ]);
  const [post] = server.seen.filter(({ method }) => method === "POST");
  const body = { region: "enam", roots: [root("a"), root("b")], afterDays: 7 };
  expect(JSON.parse(post?.body.toString() ?? "")).toEqual(body);
  expect(server.seen.filter(({ path }) => path.includes("region=weur"))).toEqual([]);
}, 20_000);

test("storage check --keep-unknown takes that back", async () => {
  const doomed = { ...stray("a"), deletedAt: 86_400_000 };
  answers([], [doomed, stray("b")]);
  const { code, stdout } = await cli.run("storage", "check", "--keep-unknown", "--region", "enam");
  expect(code).toBe(3);
  expect(stdout).toContain("in 2 places no record knows; of these 0 are to be deleted.");
  const posts = server.seen.filter(({ method }) => method === "POST");
  expect(posts.map(({ path, body }) => [path, JSON.parse(body.toString())])).toEqual([
    ["/api/v1/storage/unknown/keep", { region: "enam", roots: [root("a")] }],
  ]);
  expect((await cli.run("storage", "check", "--keep-unknown", "--delete-unknown")).code).toBe(2);
}, 20_000);
