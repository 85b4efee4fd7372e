import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { api, call } from "../support/api.ts";
import { readyAsset } from "../support/assets.ts";
import { finishedFilm, playbackOf, textOf } from "../support/playback.ts";
import { bootstrapped, type TestKey } from "../support/tenants.ts";

const app = createApp();
let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

describe("a player's path", () => {
  it("leads to the title's own files and nowhere else, however it is written", async () => {
    const film = await finishedFilm();
    const { token } = await playbackOf(film);
    const play = (path: string) => call(`/api/v1/play/${token}/${path}`);
    expect((await play("video-1/seg-00001.m4s")).status).toBe(200);
    const upwards = [
      "../",
      "..%2f",
      "%2e%2e/",
      "%2e%2e%2f",
      "..%5c",
      "..\\",
      "%252e%252e%252f",
      "..;/",
      "%c0%ae%c0%ae/",
      "‥/",
    ];
    const places = [
      "plan.json",
      "index.bin",
      "source",
      "video-1/init.mp4",
      "api/v1/jobs",
      `t/${film.job.tenantId}/source`,
    ];
    const paths = [
      ...upwards.flatMap((step) => places.flatMap((place) => [step + place, `video-1/${step}${place}`])),
      ...["main.m3u8%00.jpg", "main.m3u8%0a", "main.m3u8%20", "MAIN.M3U8", "main.m3u8/", "video-1//seg-00001.m4s"],
      ...["video-1%2fseg-00001.m4s", "video%2d1/..", "./plan.json", "video-1/.", "constructor", "__proto__/init.mp4"],
      ...["video-1/seg-00001.m4s.", "video-1/seg-1e00001.m4s", "ｖideo-1/init.mp4", "tiles/..%2f0001.jpg"],
    ];
    for (const path of paths) {
      const answer = await play(path);
      const text = await textOf(answer);
      // `video-1/../video-1/init.mp4` is the very file, by the rules of URLs.
      const { pathname } = new URL(`https://reelway.test/api/v1/play/${token}/${path}`);
      if (pathname === `/api/v1/play/${token}/video-1/init.mp4`) continue;
      expect([path, answer.status < 400, /EXTM3U|"version"|the source/.test(text)]).toEqual([path, false, false]);
    }
  });

  it("frees nobody from the limits, and no page of another origin from CORS, unless it is a player's", async () => {
    const limited = { ...env, RATE_LIMITS: "on" };
    const ask = (path: string, method: string, ip: string) => {
      const headers = { "cf-connecting-ip": ip, origin: "https://evil.example" };
      const request = new Request(`https://reelway.test${path}`, { method, headers });
      return app.fetch(request, limited, createExecutionContext());
    };
    const strange = ["/a/b/c/d", "/a", "/", "/..%2fjobs", "/../jobs"].map((end) => `/api/v1/play${end}`);
    for (const path of strange) {
      const { headers } = await ask(path, "GET", "203.0.113.1");
      expect([path, headers.get("access-control-allow-origin")]).toEqual([path, null]);
    }
    const tries: [path: string, method: string, limit: number][] = [
      ["/api/v1/play/a/b/c/d", "GET", 300],
      ["/api/v1/play/a/main.m3u8", "POST", 30],
    ];
    for (const [path, method, limit] of tries) {
      let { status } = await ask(path, method, "203.0.113.2");
      // Whatever the window's border, two of them hold no more.
      for (let count = 0; status !== 429 && count < 2 * limit; count++)
        ({ status } = await ask(path, method, "203.0.113.2"));
      expect([path, status]).toEqual([path, 429]);
    }
  });
});

describe("an id in a path", () => {
  it("names nothing when more is in it than an id", async () => {
    const { id } = await readyAsset(admin);
    expect((await api(`/assets/${id}`, { key: admin.secret })).status).toBe(200);
    const others = [
      "%00",
      "%0a",
      "%0d%0a",
      "%20",
      "%2f",
      "%2f..",
      "%23",
      "%3f",
      "%5c",
      ";a=b",
      "%e2%80%8b",
      "%ef%bc%8e",
      ".json",
      "%25",
      "'--",
    ];
    for (const more of others) {
      const answer = await api(`/assets/${id}${more}`, { key: admin.secret });
      expect([more, answer.status]).toEqual([more, 404]);
      // What is sent back of a path could split a header, or a log line.
      expect([...answer.headers].flat().join(" ")).not.toMatch(/[^\x20-\x7e]/);
    }
    expect((await api(`/assets/${id.toUpperCase()}`, { key: admin.secret })).status).toBe(404);
    for (const path of [
      `//api/v1/assets/${id}`,
      `/api/v1//assets/${id}`,
      `/API/v1/assets/${id}`,
      `/api/v1/presets/..%2fassets%2f${id}`,
    ])
      expect([path, (await call(path, { key: admin.secret })).status]).toEqual([path, 404]);
  });
});

describe("the host that a request names", () => {
  it("gets into no URL that is given out", async () => {
    const film = await finishedFilm();
    const evil = "https://evil.example";
    const body = { name: "a.mp4", bytes: 1 };
    const forwarded = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.example",
    };
    const asked = { method: "POST", key: admin.secret, origin: evil, headers: forwarded };
    const answers = [
      await call("/api/v1/auth/sign-in-links", asked),
      await call("/api/v1/assets", { ...asked, body }),
      await call(`/api/v1/jobs/${film.job.id}/playback`, { ...asked, key: film.key, body: {} }),
      await call("/api/v1/invitations", { ...asked, body: { email: "a@example.com", role: "viewer" } }),
      await call("/api/v1/users/usr_01arz3ndektsv4rrffq69g5fav/password-reset", asked),
      await call("/api/v1/nothing", { ...asked, method: "GET" }),
    ];
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    for (const answer of answers) expect(await answer.text()).not.toContain("evil.example");
  });

  it("nor does a header say which method was meant", async () => {
    const { id } = await readyAsset(admin);
    for (const name of ["x-http-method-override", "x-http-method", "x-method-override", "_method"])
      await api(`/assets/${id}?_method=DELETE`, { key: admin.secret, headers: { [name]: "DELETE" } });
    expect(await (await api(`/assets/${id}`, { key: admin.secret })).json()).toMatchObject({ state: "ready" });
  });
});
