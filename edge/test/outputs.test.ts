import { env } from "cloudflare:workers";
import { Job, OutputLink } from "@reelway/shared/contracts/job";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { matchesEtag, parseRange } from "../src/http/byte-range.ts";
import { attachment } from "../src/http/content-disposition.ts";
import { api } from "./support/api.ts";
import { problemOf, readyAsset } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const BYTES = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);
let key: TestKey;
let job: Job;
let etag: string;

beforeAll(async () => {
  key = await newTenantKey(await bootstrapped(), "outputs");
  const asset = await readyAsset(key, { name: 'Grüße "aus" Köln.mov', region: "weur" });
  const body = { assetId: asset.id, preset: "mp4-h264" };
  job = Job.parse(await (await api("/jobs", { method: "POST", key: key.secret, body })).json());
  etag = await succeed(job.id);
});

/** Puts outputs where a runner would, and the manifest where the projection would. Answers the video's ETag. */
async function succeed(id: string): Promise<string> {
  const root = await env.DB.prepare("SELECT storageRoot FROM jobs WHERE id = ?").bind(id).first<string>("storageRoot");
  const prefix = `${root}/${id.replace("job_", "tsk_")}_0/1/`;
  const put = async (name: string, role: string, bytes: Uint8Array) => {
    const hostile = { contentType: "text/html", contentDisposition: "inline", contentEncoding: "gzip" };
    const object = await env.BUCKET_WEUR.put(prefix + name, bytes, { httpMetadata: hostile });
    const digest = { md5: object.etag, sha256: "0".repeat(64), etag: object.etag };
    const summary = { durationSeconds: 1, width: 720, height: 1_280, fps: 25, videoCodec: "h264", audioCodec: null };
    const media = role === "video" ? { media: summary } : {};
    return { name, role, bytes: bytes.byteLength, contentType: "application/x-stored", ...digest, ...media };
  };
  const outputs = [
    await put("metadata.json", "metadata", new TextEncoder().encode("{}")),
    await put("poster.jpg", "poster", new Uint8Array([0xff, 0xd8])),
    await put("video.mp4", "video", BYTES),
  ];
  await env.DB.prepare("UPDATE jobs SET state = 'succeeded', manifest = ? WHERE id = ?")
    .bind(JSON.stringify({ outputs, prefix }), id)
    .run();
  return `"${outputs[2]?.etag}"`;
}

const download = (headers: Record<string, string> = {}, method = "GET", query = "") =>
  api(`/jobs/${job.id}/download${query}`, { method, key: key.secret, headers });

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

describe("a download", () => {
  it("is the main output, under the source's name, as a harmless attachment", async () => {
    const response = await download();
    expect(response.status).toBe(200);
    expect(await bytesOf(response)).toEqual(BYTES);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "video/mp4",
      "content-length": "1000",
      "content-disposition":
        "attachment; filename=\"Grue _aus_ Koln.mp4\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22aus%22%20K%C3%B6ln.mp4",
      "content-security-policy": "sandbox; default-src 'none'",
      "cache-control": "private, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      "accept-ranges": "bytes",
      etag,
    });
    expect(response.headers.has("content-encoding")).toBe(false);
  });

  it.each([
    ["bytes=0-9", 0, 10],
    ["bytes=990-", 990, 1_000],
    ["bytes=-5", 995, 1_000],
    ["bytes=500-9999", 500, 1_000],
    ["bytes=-9999", 0, 1_000],
  ])("serves %s", async (range, start, end) => {
    const response = await download({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect(await bytesOf(response)).toEqual(BYTES.slice(start, end));
  });

  it.each(["bytes=0-1,5-6", "lines=1-2", "bytes=9-2", "bytes=-", "bytes=a-b"])("is whole for %s", async (range) => {
    const response = await download({ range });
    expect([response.status, (await bytesOf(response)).byteLength]).toEqual([200, 1_000]);
  });

  it.each(["bytes=1000-", "bytes=-0"])("refuses %s and tells the size", async (range) => {
    const response = await download({ range });
    expect(response.headers.get("content-range")).toBe("bytes */1000");
    expect(await problemOf(response)).toEqual([416, "range_not_satisfiable"]);
  });

  it("is not sent to whom has it, and goes on only where it is still the same", async () => {
    const has = await download({ "if-none-match": `"x", W/${etag}` });
    expect([has.status, has.headers.get("etag"), (await bytesOf(has)).byteLength]).toEqual([304, etag, 0]);
    expect((await download({ range: "bytes=0-9", "if-range": etag })).status).toBe(206);
    expect((await download({ range: "bytes=0-9", "if-range": '"other"' })).status).toBe(200);
    expect((await download({ range: "bytes=0-9", "if-range": "Sat, 21 Nov 2026 00:00:00 GMT" })).status).toBe(200);
  });

  it("answers HEAD with the size and no body", async () => {
    const response = await download({ range: "bytes=0-9" }, "HEAD");
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "1000"]);
    expect((await bytesOf(response)).byteLength).toBe(0);
  });

  it("finds outputs by name, the poster and the metadata", async () => {
    const poster = await api(`/jobs/${job.id}/thumbnail`, { key: key.secret });
    expect([poster.headers.get("content-type"), await bytesOf(poster)]).toEqual([
      "image/jpeg",
      new Uint8Array([0xff, 0xd8]),
    ]);
    expect(poster.headers.get("content-disposition")).toMatch(/K%C3%B6ln-poster\.jpg$/);
    expect(await (await api(`/jobs/${job.id}/metadata`, { key: key.secret })).json()).toEqual({});
    expect((await download({}, "GET", "?name=poster.jpg")).headers.get("content-type")).toBe("image/jpeg");
    expect(await problemOf(await download({}, "GET", "?name=other.mp4"))).toEqual([404, "output_not_found"]);
    expect((await download({}, "GET", "?name=../source")).status).toBe(422);
  });

  it("is the video of a quality, which can be played in place too", async () => {
    expect(await bytesOf(await download({}, "GET", "?quality=720p"))).toEqual(BYTES);
    expect(await problemOf(await download({}, "GET", "?quality=1280p"))).toEqual([404, "output_not_found"]);
    expect((await download({}, "GET", "?quality=hd")).status).toBe(422);
    const played = await api(`/jobs/${job.id}/stream`, { key: key.secret, headers: { range: "bytes=0-9" } });
    expect([played.status, played.headers.get("content-disposition")]).toEqual([206, "inline"]);
    expect(played.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    expect(await bytesOf(played)).toEqual(BYTES.slice(0, 10));
  });

  it("refuses bytes that are not the manifest's", async () => {
    const asset = await readyAsset(key, { region: "weur" });
    const body = { assetId: asset.id, spec: { kind: "probe" } };
    const swapped = Job.parse(await (await api("/jobs", { method: "POST", key: key.secret, body })).json());
    await succeed(swapped.id);
    const manifest = await env.DB.prepare("SELECT manifest ->> '$.prefix' AS prefix FROM jobs WHERE id = ?")
      .bind(swapped.id)
      .first<string>("prefix");
    await env.BUCKET_WEUR.put(`${manifest}video.mp4`, "something else");
    expect(await problemOf(await api(`/jobs/${swapped.id}/download`, { key: key.secret }))).toEqual([
      503,
      "storage_unavailable",
    ]);
  });
});

describe("outputs", () => {
  it("are linked with presigned GETs, and shown without where they lie", async () => {
    const response = await api(`/jobs/${job.id}/outputs`, { key: key.secret });
    const { items } = z.object({ items: z.array(OutputLink) }).parse(await response.json());
    expect(items.map(({ name }) => name)).toEqual(["metadata.json", "poster.jpg", "video.mp4"]);
    for (const { url } of items) expect(new URL(url).searchParams.get("X-Amz-SignedHeaders")).toBe("host");
    const shown = await (await api(`/jobs/${job.id}`, { key: key.secret })).text();
    expect(shown).toContain("video.mp4");
    expect(shown).not.toContain("/1/");
    expect(shown).not.toContain("prefix");
  });

  it("are awaited until the job has succeeded, and not found when it has not", async () => {
    const asset = await readyAsset(key);
    const body = { assetId: asset.id, preset: "mp4-h264" };
    const fresh = Job.parse(await (await api("/jobs", { method: "POST", key: key.secret, body })).json());
    for (const path of ["outputs", "download", "thumbnail", "metadata"]) {
      const response = await api(`/jobs/${fresh.id}/${path}`, { key: key.secret });
      expect(await problemOf(response)).toEqual([409, "job_not_finished"]);
    }
    await api(`/jobs/${fresh.id}/cancel`, { method: "POST", key: key.secret });
    const response = await api(`/jobs/${fresh.id}/download`, { key: key.secret });
    expect(await problemOf(response)).toEqual([404, "output_not_found"]);
  });
});

describe("headers", () => {
  it("of an empty file leave no range", () => {
    expect(parseRange("bytes=0-", 0)).toEqual({ kind: "unsatisfiable" });
    expect(parseRange(undefined, 0)).toEqual({ kind: "whole" });
  });

  it("match an ETag anywhere in the list", () => {
    expect(matchesEtag("*", '"a"')).toBe(true);
    expect(matchesEtag('"b", "a"', '"a"')).toBe(true);
    expect(matchesEtag('"b"', '"a"')).toBe(false);
  });

  it("hold a name that is not ASCII, and none that breaks out", () => {
    expect(attachment('a"; filename=x\\.exe')).toBe(
      "attachment; filename=\"a_; filename=x_.exe\"; filename*=UTF-8''a%22%3B%20filename%3Dx%5C.exe",
    );
    expect(attachment("映画.mp4")).toBe(
      "attachment; filename=\"download.mp4\"; filename*=UTF-8''%E6%98%A0%E7%94%BB.mp4",
    );
    expect(attachment("it's (1)*.mp4")).toContain("filename*=UTF-8''it%27s%20%281%29%2A.mp4");
  });
});
