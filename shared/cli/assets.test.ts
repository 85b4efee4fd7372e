import { expect, test } from "vitest";
import type { Asset } from "../contracts/asset.ts";
import { newId, newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const id = newRegionalId("ast", "weur");
const asset: Asset = {
  id,
  name: "holiday\u001b[31m.mov",
  bytes: 48_211_903,
  contentType: "video/quicktime",
  region: "weur",
  state: "failed",
  etag: null,
  source: { kind: "connection", connectionId: newId("con"), key: "in/holiday.mov" },
  fetchJobId: newRegionalId("job", "weur"),
  error: { code: "source_not_found", message: "no such key" },
  createdAt: Date.now(),
  completedAt: null,
};

test("assets ls and show tell what there is, and why one can't be used", async () => {
  server.intercept = ({ path }, response) => {
    if (path === `/api/v1/assets/${id}`) return server.send(response, asset, 200);
    return path.startsWith("/api/v1/assets?")
      ? server.send(response, { items: [asset], nextCursor: null }, 200)
      : false;
  };
  expect((await cli.run("assets", "ls")).stdout).toMatch(new RegExp(`${id}\\s+holiday\\?\\[31m\\.mov\\s+failed`));
  const shown = await cli.run("assets", "show", id);
  expect(shown.stdout).toContain("in/holiday.mov");
  expect(shown.stdout).toContain("source_not_found: no such key");
  expect((await cli.run("assets", "show", id, "--json")).json).toEqual([asset]);
  expect((await cli.run("assets", "show", "job_1")).code).toBe(2);
}, 60_000);
