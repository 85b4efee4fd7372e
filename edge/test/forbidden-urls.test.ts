import { env } from "cloudflare:workers";
import vectors from "@reelway/shared/net/forbidden-urls.json";
import { beforeAll, describe, expect, it } from "vitest";
import { parseSettings } from "../src/settings.ts";
import { api } from "./support/api.ts";
import { readyAsset } from "./support/assets.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";

let admin: TestKey;
let assetId: string;
beforeAll(async () => {
  admin = await bootstrapped();
  assetId = (await readyAsset(admin)).id;
});

const { urlPolicy } = parseSettings(env);
/** Those of this installation in the place of the list's own. */
const urls = vectors.refused.map(({ url }) => url).filter((url) => url !== "" && !/reelway\.example/i.test(url));

const ways: [name: string, path: string, body: (url: string) => object][] = [
  ["a webhook", "/webhooks", (url) => ({ url, events: ["job.succeeded"] })],
  ["a source", "/assets", (url) => ({ sourceUrl: url })],
  ["a job's source", "/jobs", (url) => ({ sourceUrl: url, preset: "mp4-h264" })],
  ["a job's webhook", "/jobs", (webhookUrl) => ({ assetId, preset: "mp4-h264", webhookUrl })],
  [
    "a bucket",
    "/connections?verify=false",
    (endpoint) => ({ name: "own", endpoint, bucket: "films", accessKeyId: "a", secretAccessKey: "b" }),
  ],
];

describe.each(ways)("%s", (_, path, body) => {
  it("leads to no forbidden URL, and nothing is stored of it", async () => {
    const taken: unknown[] = [];
    // An endpoint is normalised by its schema before it is judged: what is stored has no white space any more.
    const normalised = path.startsWith("/connections");
    for (const url of [
      ...urls.filter((text) => !normalised || !/\s/.test(text)),
      ...urlPolicy.ownHosts.map((host) => `https://${host}/`),
    ]) {
      const response = await api(path, { method: "POST", key: admin.secret, body: body(url) });
      const { code } = await response.json<{ code?: string }>();
      if (response.status !== 422 || !["source_forbidden", "invalid_request"].includes(code ?? ""))
        taken.push({ url, status: response.status, code });
    }
    expect(taken).toEqual([]);
    const stored = await env.DB.batch<{ n: number }>([
      env.DB.prepare("SELECT count(*) AS n FROM webhook_endpoints"),
      env.DB.prepare("SELECT count(*) AS n FROM jobs"),
      env.DB.prepare("SELECT count(*) AS n FROM connections"),
      env.DB.prepare("SELECT count(*) AS n FROM assets WHERE source IS NOT NULL"),
    ]);
    expect(stored.map(({ results }) => results[0]?.n)).toEqual([0, 0, 0, 0]);
  });
});
