import { env } from "cloudflare:workers";
import type { Playback } from "@reelway/shared/contracts/playback";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { bucketOf } from "../src/env.ts";
import { call } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { jobRow, seedJob } from "./support/fleet.ts";
import {
  finishedFilm,
  type PlannedFilm,
  plannedFilm,
  play,
  playbackOf,
  textOf,
  uncutFilm,
} from "./support/playback.ts";
import { partRows } from "./support/streams.ts";

afterEach(() => {
  vi.useRealTimers();
});

const bucket = () => bucketOf(env, "weur");

describe("a title that is whole", () => {
  let film: PlannedFilm;
  let playback: Playback;

  beforeAll(async () => {
    film = await finishedFilm();
    playback = await playbackOf(film);
  });

  const forEver = "public, max-age=31536000, immutable";
  it.each([
    ["main.m3u8", "application/vnd.apple.mpegurl", "public, max-age=3600"],
    ["manifest.mpd", "application/dash+xml", "public, max-age=3600"],
    ["video-1/playlist.m3u8", "application/vnd.apple.mpegurl", "public, max-age=3600"],
    ["video-1/init.mp4", "video/mp4", forEver],
    ["video-2/seg-00002.m4s", "video/mp4", forEver],
    ["audio-1/init.mp4", "audio/mp4", forEver],
    ["audio-1/seg-00003.m4s", "audio/mp4", forEver],
    ["poster.jpg", "image/jpeg", forEver],
    ["storyboard.vtt", "text/vtt; charset=utf-8", forEver],
    ["tiles/0002.jpg", "image/jpeg", forEver],
  ])("gives %s as %s, the same from bucket and cache, to GET and HEAD", async (file, type, cacheControl) => {
    const first = await play(playback, file);
    const bytes = (await first.arrayBuffer()).byteLength;
    const head = await play(playback, file, {}, "HEAD");
    const again = await play(playback, file);
    expect((await again.arrayBuffer()).byteLength).toBe(bytes);
    for (const answer of [first, head, again]) {
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": type,
        "cache-control": cacheControl,
        "content-length": String(bytes),
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
        etag: first.headers.get("etag"),
      });
      expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
      expect(answer.headers.has("set-cookie")).toBe(false);
    }
    expect(await textOf(head)).toBe("");
    const known = await play(playback, file, { "if-none-match": first.headers.get("etag") ?? "" });
    expect([known.status, await textOf(known)]).toEqual([304, ""]);
  });

  it("gives a segment from the edge's cache, whatever the token, and asks the bucket no more", async () => {
    const file = "video-1/seg-00003.m4s";
    await textOf(play(playback, file));
    const { prefix = "" } = (await partRows(film.job.id)).results.find(({ part }) => part === "encode:2") ?? {};
    await bucket().delete(prefix + file);
    const other = await playbackOf(film);
    expect(other.token).not.toBe(playback.token);
    await expect.poll(async () => (await play(other, file)).status).toBe(200);
    expect(await textOf(play(other, file, { range: "bytes=8-10" }))).toBe("seg");
    await bucket().put(prefix + file, file);
  });

  it.each(["seg-00001.m4s", "seg-00002.m4s"])(
    "serves ranges of %s, from the bucket first and then from the cache",
    async (name) => {
      const text = `video-2/${name}`;
      const ranges = [
        ["bytes=0-6", 0, 7],
        ["bytes=8-", 8, 21],
        ["bytes=-4", 17, 21],
      ] as const;
      for (const turn of ["bucket", "cache"])
        for (const [range, start, end] of ranges) {
          const answer = await play(playback, text, { range });
          expect([answer.status, answer.headers.get("content-range")], turn).toEqual([
            206,
            `bytes ${start}-${end - 1}/21`,
          ]);
          expect([await textOf(answer), answer.headers.get("content-length")]).toEqual([
            text.slice(start, end),
            String(end - start),
          ]);
        }
      const behind = await play(playback, text, { range: "bytes=21-" });
      expect(behind.status).toBe(416);
      const { headers } = await play(playback, text);
      const etag = headers.get("etag") ?? "";
      expect((await play(playback, text, { range: "bytes=0-1", "if-range": etag })).status).toBe(206);
      expect((await play(playback, text, { range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
    },
  );

  it("has nothing else, and tells it without being kept", async () => {
    for (const file of [
      "video-1/seg-00004.m4s",
      "video-9/init.mp4",
      "plan.json",
      "index.bin",
      "video-1/seg-1.m4s",
      "video-1/..%2fplan.json",
      "..%2f..%2fjobs",
      "tiles/0003.jpg",
    ]) {
      const answer = await play(playback, file);
      expect([file, answer.status, answer.headers.get("cache-control")]).toEqual([file, 404, "no-store"]);
    }
  });

  it("lets pages of any origin play, without credentials", async () => {
    const preflight = await play(
      playback,
      "main.m3u8",
      {
        origin: "https://anywhere.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "range",
      },
      "OPTIONS",
    );
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET,HEAD",
    });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("range");
    const answer = await play(playback, "video-1/init.mp4", { origin: "https://anywhere.example" });
    expect(answer.headers.get("access-control-expose-headers")).toContain("content-range");
  });

  it("is given as a playlist of one quality with its sound, and as no single file", async () => {
    const ask = (path: string) => call(`/api/v1/jobs/${film.job.id}/${path}`, { key: film.key });
    const answer = await ask("stream?quality=360p");
    expect([answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
      "application/vnd.apple.mpegurl",
      "no-store",
    ]);
    const list = await textOf(answer);
    expect(list).toContain("AVERAGE-BANDWIDTH=");
    expect(list).not.toContain("video-1/");
    const [, token = ""] = /\/play\/([^/]+)\/video-2\/playlist\.m3u8/.exec(list) ?? [];
    expect(await textOf(play({ token }, "video-2/init.mp4"))).toBe("video-2/init.mp4");
    expect(list).toContain(`/play/${token}/audio-1/playlist.m3u8`);
    expect(await textOf(ask("stream"))).toContain("/video-1/playlist.m3u8");
    expect(await problemOf(await ask("stream?quality=144p"))).toEqual([404, "output_not_found"]);
    for (const path of ["download", "download?quality=360p"])
      expect(await problemOf(await ask(path))).toEqual([409, "no_single_file"]);
    expect(await textOf(ask("download?name=poster.jpg"))).toBe("poster.jpg");
  });

  it("shows nobody where its files lie", async () => {
    const { results } = await partRows(film.job.id);
    for (const path of ["", "/tasks", "/plan", "/outputs", "/status"]) {
      const shown = await textOf(call(`/api/v1/jobs/${film.job.id}${path}`, { key: film.key }));
      // A presigned link names its object, and is for whoever may read the job.
      if (path !== "/outputs") for (const { prefix } of results) expect(shown).not.toContain(prefix.split("/")[2]);
      expect(shown).not.toContain('"prefix"');
    }
    for (const file of ["main.m3u8", "video-1/init.mp4", "video-9/init.mp4"]) {
      const answer = await play(playback, file);
      const shown = JSON.stringify([...answer.headers]) + (await textOf(answer));
      for (const { prefix } of results) expect(shown).not.toContain(prefix.split("/")[2]);
    }
  });
});

describe("a part of a title", () => {
  it("is played from the segments that are there, from its very second on", async () => {
    const film = await finishedFilm();
    const playback = await playbackOf(film);
    const main = await textOf(play(playback, "clip.m3u8?start=5.5&end=9"));
    expect(main).toContain("\nvideo-1/clip.m3u8?start=5.5&end=9\n");
    expect(main).toContain('URI="audio-1/clip.m3u8?start=5.5&end=9"');
    expect(main).not.toContain("I-FRAME");
    const pictures = await play(playback, "video-1/clip.m3u8?start=5.5&end=9");
    expect(pictures.headers.get("cache-control")).toBe("public, max-age=3600");
    expect(await textOf(pictures)).toBe(clippedPictures);
    expect((await textOf(play(playback, "audio-1/clip.m3u8?start=5.5&end=9"))).match(/seg-\d+/g)).toEqual([
      "seg-00002",
      "seg-00003",
    ]);
    for (const [query, status] of [
      ["start=12&end=13", 422],
      ["start=3&end=3", 422],
      ["start=-1&end=3", 422],
      ["end=3", 422],
      ["start=0&end=99", 200],
    ] as const)
      expect((await play(playback, `clip.m3u8?${query}`)).status, query).toBe(status);
    expect((await play(playback, "video-9/clip.m3u8?start=0&end=4")).status).toBe(404);
  });

  it("waits for its end while the title grows", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const film = await plannedFilm();
    await film.sound();
    await film.chunk(0);
    await film.chunk(1);
    await expect.poll(async () => (await jobRow(film.job.id)).playableAt).not.toBeNull();
    const playback = await playbackOf(film);
    expect((await play(playback, "clip.m3u8?start=1&end=8")).status).toBe(200);
    expect(await problemOf(await play(playback, "clip.m3u8?start=1&end=8.5"))).toEqual([409, "stream_not_ready"]);
  });
});

const clippedPictures = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-START:TIME-OFFSET=1.500000,PRECISE=YES
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.000000,
seg-00002.m4s
#EXTINF:4.000000,
seg-00003.m4s
#EXT-X-ENDLIST
`;

describe("a picture of a second", () => {
  it("is the storyboard's, for players and for whoever may read the job", async () => {
    const film = await finishedFilm();
    const playback = await playbackOf(film);
    for (const [query, file] of [
      ["?time=0", "tiles/0001.jpg"],
      ["?time=5.9", "tiles/0001.jpg"],
      ["?time=6", "tiles/0002.jpg"],
      ["?time=999", "tiles/0002.jpg"],
      ["", "poster.jpg"],
    ]) {
      const played = await play(playback, `thumbnail.jpg${query}`);
      expect([played.headers.get("content-type"), await textOf(played)]).toEqual(["image/jpeg", file]);
      const read = await call(`/api/v1/jobs/${film.job.id}/thumbnail${query}`, { key: film.key });
      expect([read.headers.get("cache-control"), await textOf(read)]).toEqual([
        "private, max-age=31536000, immutable",
        file,
      ]);
    }
    expect((await play(playback, "thumbnail.jpg?time=-1")).status).toBe(422);
    const probe = await seedJob("weur", { tenantId: film.job.tenantId });
    const asked = await call(`/api/v1/jobs/${probe.job.id}/thumbnail?time=1`, { key: film.key });
    expect(await problemOf(asked)).toEqual([409, "not_a_stream"]);
  });
});

it("a film that was not cut is played from its one part, when it is whole", async () => {
  const film = await uncutFilm();
  const playback = await playbackOf(film);
  expect(await problemOf(await play(playback, "main.m3u8"))).toEqual([409, "stream_not_ready"]);
  await film.picture();
  await film.finish();
  const fresh = await playbackOf(film);
  await vi.waitUntil(async () => (await play(fresh, "main.m3u8")).status === 200, 10_000);
  for (const file of ["video-2/init.mp4", "video-1/seg-00001.m4s"]) expect(await textOf(play(fresh, file))).toBe(file);
  expect(await textOf(play(fresh, "video-1/clip.m3u8?start=0&end=1"))).toContain("seg-00001.m4s");
});
