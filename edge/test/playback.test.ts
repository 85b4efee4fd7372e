import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { signPlayback } from "../src/playback/token.ts";
import { eraseOutputs } from "../src/retention/erase-outputs.ts";
import { settingsOf } from "../src/settings.ts";
import { call } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { jobRow, makeKey, seedJob } from "./support/fleet.ts";
import { finishedFilm, later, plannedFilm, play, playbackOf, textOf } from "./support/playback.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("a title that grows", () => {
  it("is played as far as it is there, and its lists become the final ones under the same names", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const film = await plannedFilm();
    const playback = await playbackOf(film);
    expect(playback.poster).toBeNull();
    const early = await play(playback, "main.m3u8");
    expect(early.headers.get("retry-after")).toBe("2");
    expect(await problemOf(early)).toEqual([409, "stream_not_ready"]);

    await film.sound();
    await film.chunk(0);
    await film.chunk(2);
    later(3_000);
    expect(await problemOf(await play(playback, "main.m3u8"))).toEqual([409, "stream_not_ready"]);
    await film.chunk(1);
    await expect.poll(async () => (await jobRow(film.job.id)).playableAt).not.toBeNull();
    later(3_000);

    const main = await play(playback, "main.m3u8");
    expect(await textOf(main)).toBe(growingMain);
    expect(main.headers.get("cache-control")).toBe("public, max-age=2, s-maxage=1");
    const list = await textOf(play(playback, "video-2/playlist.m3u8"));
    expect(list.match(/seg-\d+\.m4s/g)).toEqual(["seg-00001.m4s", "seg-00002.m4s", "seg-00003.m4s"]);
    expect(list).toContain("#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-START:TIME-OFFSET=0\n");
    expect(list).not.toContain("ENDLIST");
    expect(await textOf(play(playback, "manifest.mpd"))).toContain('type="dynamic"');
    expect(await textOf(play(playback, "video-1/iframes.m3u8"))).toContain("#EXT-X-BYTERANGE:");
    expect((await play(playback, "audio-1/iframes.m3u8")).status).toBe(404);
    expect((await play(playback, "video-3/playlist.m3u8")).status).toBe(404);

    await film.pictures();
    await film.finish();
    await expect.poll(async () => (await jobRow(film.job.id)).state).toBe("succeeded");
    later(3_000);
    const final = await play(playback, "main.m3u8");
    expect(await textOf(final)).toBe("the final main.m3u8");
    expect(final.headers.get("cache-control")).toBe("public, max-age=3600");
    expect(await textOf(play(playback, "video-1/playlist.m3u8"))).toBe("the final video-1/playlist.m3u8");
    expect((await playbackOf(film)).poster).toMatch(/\/poster\.jpg$/);
  });

  it("lists no chunk behind a hole, and no sound beyond the pictures", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const film = await plannedFilm();
    await film.sound();
    await film.chunk(0);
    await film.chunk(1);
    await expect.poll(async () => (await jobRow(film.job.id)).playableAt).not.toBeNull();
    const playback = await playbackOf(film);
    const listed = async (folder: string) =>
      (await textOf(play(playback, `${folder}/playlist.m3u8`))).match(/seg-\d+/g)?.length;
    expect([await listed("video-1"), await listed("audio-1")]).toEqual([2, 2]);
    expect((await play(playback, "video-1/seg-00003.m4s")).status).toBe(404);
    // Nobody else has asked meanwhile: the list is made again when the edge's copy is a second old.
    await film.chunk(2);
    await expect.poll(() => listed("video-1"), { timeout: 60_000 }).toBe(3);
    expect(await textOf(play(playback, "video-1/seg-00003.m4s"))).toBe("video-1/seg-00003.m4s");
  });
});

it("what was made by another plan, or lies in another region, is no part of the title", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  for (const change of [`planSha256 = '${"f".repeat(64)}'`, "region = 'apac'"]) {
    const film = await plannedFilm();
    await film.sound();
    for (const ordinal of [0, 1, 2]) await film.chunk(ordinal);
    await expect.poll(async () => (await jobRow(film.job.id)).playableAt).not.toBeNull();
    await env.DB.prepare(`UPDATE job_parts SET ${change} WHERE jobId = ? AND part = 'encode:1'`)
      .bind(film.job.id)
      .run();
    const playback = await playbackOf(film);
    const list = await textOf(play(playback, "video-1/playlist.m3u8"));
    expect(list.match(/seg-\d+/g), change).toEqual(["seg-00001"]);
    expect((await play(playback, "video-1/seg-00002.m4s")).status).toBe(404);
    expect((await play(playback, "video-1/seg-00003.m4s")).status).toBe(200);
  }
});

const growingMain = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac-2",NAME="en",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/playlist.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1390800,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=1440x720,VIDEO-RANGE=SDR,FRAME-RATE=24.000,AUDIO="aac-2",CLOSED-CAPTIONS=NONE
video-1/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1390800,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=720x360,VIDEO-RANGE=SDR,FRAME-RATE=24.000,AUDIO="aac-2",CLOSED-CAPTIONS=NONE
video-2/playlist.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=34,CODECS="avc1.64001e",RESOLUTION=1440x720,VIDEO-RANGE=SDR,URI="video-1/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=34,CODECS="avc1.64001e",RESOLUTION=720x360,VIDEO-RANGE=SDR,URI="video-2/iframes.m3u8"
`;

describe("a token", () => {
  it("opens one job's stream, for as long as was asked", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const film = await plannedFilm();
    const playback = await playbackOf(film, { expiresInSeconds: 60 });
    expect(playback.expiresAt).toBe(Date.now() + 60_000);
    expect(playback.hls).toBe(`${settingsOf(env).publicUrl}/api/v1/play/${playback.token}/main.m3u8`);
    expect((await play(playback, "main.m3u8")).status).toBe(409);
    later(60_001);
    expect(await problemOf(await play(playback, "main.m3u8"))).toEqual([401, "playback_refused"]);
  });

  it("that is forged, of another purpose or of no job tells nothing", async () => {
    const film = await plannedFilm();
    const { token } = await playbackOf(film);
    const [body = "", signature = ""] = token.split(".");
    const other = await signPlayback(settingsOf(env), {
      jobId: (await plannedFilm()).job.id,
      expiresAt: Date.now() + 9_000,
    });
    const refused = [
      "nothing",
      `${body}.${signature.slice(0, -2)}AA`,
      `${other.split(".")[0]}.${signature}`,
      `${token}.${signature}`,
      body,
      film.key,
    ];
    const answers = await Promise.all(refused.map((one) => play({ token: one }, "main.m3u8")));
    const texts = await Promise.all(answers.map(async (answer) => (await textOf(answer)).replace(/req_\w+/, "")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(texts).size).toBe(1);
  });

  it("is given to whoever may read the job, of what can be played", async () => {
    const film = await plannedFilm();
    const ask = (id: string, key: string, body: object = {}) =>
      call(`/api/v1/jobs/${id}/playback`, { method: "POST", key, body });
    const stranger = (await makeKey()).authorization.slice("Bearer ".length);
    expect(await problemOf(await ask(film.job.id, stranger))).toEqual([404, "not_found"]);
    expect((await ask(film.job.id, film.key, { expiresInSeconds: 59 })).status).toBe(422);
    const { tenantId } = film.job;
    const probe = await seedJob("weur", { tenantId });
    expect(await problemOf(await ask(probe.job.id, film.key))).toEqual([409, "not_a_stream"]);
    const waiting = await seedJob("weur", { tenantId, spec: film.job.spec });
    expect(await problemOf(await ask(waiting.job.id, film.key))).toEqual([409, "stream_not_ready"]);
    await env.DB.prepare("UPDATE jobs SET state = 'failed' WHERE id = ?").bind(waiting.job.id).run();
    expect(await problemOf(await ask(waiting.job.id, film.key))).toEqual([404, "output_not_found"]);
  });
});

it("what is deleted is served no longer than a minute, from no cache either", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const film = await finishedFilm();
  const playback = await playbackOf(film);
  for (const file of ["main.m3u8", "video-1/seg-00001.m4s"]) await textOf(play(playback, file));
  await eraseOutputs(env, [await jobRow(film.job.id)], { leaseMs: settingsOf(env).leaseMs, now: Date.now() });
  later(60_000);
  for (const file of ["main.m3u8", "video-1/seg-00001.m4s"])
    expect(await problemOf(await play(playback, file))).toEqual([404, "output_not_found"]);
  const asked = call(`/api/v1/jobs/${film.job.id}/playback`, { method: "POST", key: film.key, body: {} });
  expect(await problemOf(await asked)).toEqual([410, "output_expired"]);
});
