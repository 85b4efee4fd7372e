import { expect, test } from "vitest";
import { newId, newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const tenantId = newId("ten");
const root = (digit: string) => `t/${tenantId}/${digit.repeat(32)}`;
const gone = {
  ...{ tenantId, region: "weur", assetId: null, jobId: newRegionalId("job", "weur") },
  ...{ missing: 2, changed: 1, names: ["video.mp4", "poster\u001b[31m.jpg", "other.json"] },
};
const stray = (digit: string) => ({
  region: "enam",
  root: root(digit),
  objects: 3,
  bytes: 4_200_000,
  more: false,
  uploadedAt: 1,
});

/** A page for each cursor; unknown bytes in one region alone. */
function answers(missing: readonly unknown[], unknown: readonly unknown[], deleted: readonly string[] = []) {
  server.intercept = ({ method, path }, response) => {
    const url = new URL(path, "http://server");
    const isFirst = !url.searchParams.has("cursor");
    const nextCursor = isFirst ? "next" : null;
    if (method === "POST") return server.send(response, { roots: deleted });
    if (url.pathname.endsWith("/storage/missing"))
      return server.send(response, { items: isFirst ? [] : missing, objects: 50, nextCursor });
    const items = url.searchParams.get("region") === "enam" && !isFirst ? unknown : [];
    return server.send(response, { items, nextCursor });
  };
}

test("storage check says that all is as the records say", async () => {
  answers([], []);
  const { stdout, code } = await cli.run("storage", "check");
  expect(code).toBe(0);
  expect(stdout).toBe(
    "100 objects were looked for; 0 sources or results are not as they were.\n0 places hold bytes that no record knows, 0 B.\n",
  );
}, 20_000);

test("storage check names what is gone and what nobody knows, deletes nothing by itself, and ends with 3", async () => {
  answers([gone], [stray("a"), stray("b")]);
  const { stdout, stderr, code } = await cli.run("storage", "check");
  expect(code).toBe(3);
  expect(stdout).toMatch(
    new RegExp(`${gone.jobId}\\s+${tenantId}\\s+weur\\s+2\\s+1\\s+video.mp4, poster\\?\\[31m.jpg`),
  );
  expect(stdout).toMatch(new RegExp(`${root("a")}\\s+enam\\s+3\\s+4.2 MB`));
  expect(stdout).toContain("2 places hold bytes that no record knows, 8.4 MB.");
  expect(stderr).toContain("made anew from its source");
  expect(server.seen.filter(({ method }) => method === "POST")).toEqual([]);
}, 20_000);

test("storage check --delete-unknown deletes what nobody knows, and tells of what it had to leave", async () => {
  answers([], [stray("a"), stray("b")], [root("a"), root("b")]);
  const done = await cli.run("storage", "check", "--delete-unknown", "--region", "enam", "--json");
  expect(done.code).toBe(0);
  expect(done.json).toMatchObject([
    { found: "unknown" },
    { found: "unknown" },
    { objects: 100, unknown: 2, deleted: 2 },
  ]);
  expect(JSON.parse(server.seen.at(-1)?.body.toString() ?? "")).toEqual({
    region: "enam",
    roots: [root("a"), root("b")],
    olderThanHours: 24,
  });
  expect(server.seen.filter(({ path }) => path.includes("region=weur"))).toEqual([]);

  answers([], [stray("a"), stray("b")], [root("a")]);
  const left = await cli.run("storage", "check", "--delete-unknown");
  expect(left.code).toBe(3);
  expect(left.stdout).toContain("8.4 MB; 1 are deleted within minutes, the others are too young");
}, 20_000);
