import { Playback } from "@reelway/shared/contracts/playback";
import { vi } from "vitest";
import { call } from "./api.ts";
import { type Holder, jobRow, makeKey } from "./fleet.ts";
import {
  completeAudio,
  completeChunk,
  completePlan,
  completeWith,
  leaseParts,
  planOf,
  reportOf,
  streamLeased,
  writeAs,
} from "./streams.ts";

/** A film of three chunks whose plan is made, with the key of its tenant. */
export async function plannedFilm() {
  const { tenantId, authorization } = await makeKey("member");
  const key = authorization.slice("Bearer ".length);
  const { job, task, runner } = await streamLeased({ tenantId });
  await completePlan(runner, task, planOf(3));
  const parts = await leaseParts(runner);
  const partOf = (name: string) => {
    const part = parts.get(name);
    if (!part) throw new Error(`${name} was not leased`);
    return part;
  };
  return {
    job,
    key,
    runner,
    partOf,
    chunk: (ordinal: number) => completeChunk(runner, partOf(`encode:${ordinal}`)),
    sound: () => completeAudio(runner, partOf("audio"), 3),
    async pictures() {
      const part = partOf("thumbnails");
      const vtt =
        "WEBVTT\n\n00:00.000 --> 00:06.000\nsprite.jpg#xywh=0,0,2,2\n\n00:06.000 --> 00:12.000\nsprite.jpg#xywh=2,0,2,2\n";
      const outputs = [
        await writeAs(part, runner, "poster.jpg", "poster"),
        await writeAs(part, runner, "storyboard.vtt", "storyboard", vtt),
        await writeAs(part, runner, "tiles/0001.jpg", "sprite"),
        await writeAs(part, runner, "tiles/0002.jpg", "sprite"),
      ];
      return completeWith(runner, part, { outputs });
    },
    finish: () => finishStream(runner),
  };
}

/** Ends a stream with playlists that say of themselves that they are the final ones. */
async function finishStream(runner: Holder): Promise<Response> {
  const finish = (await leaseParts(runner)).get("finish");
  if (!finish) throw new Error("nothing to finish");
  const names = ["main.m3u8", "manifest.mpd", "video-1/playlist.m3u8"];
  const outputs = await Promise.all(
    names.map((name) => writeAs(finish, runner, name, "playlist", `the final ${name}`)),
  );
  return completeWith(runner, finish, { outputs });
}

export type PlannedFilm = Awaited<ReturnType<typeof plannedFilm>>;

/** The same, with all that it is made of. */
export async function finishedFilm(): Promise<PlannedFilm> {
  const film = await plannedFilm();
  await film.sound();
  await film.pictures();
  for (const ordinal of [0, 1, 2]) await film.chunk(ordinal);
  await film.finish();
  await vi.waitUntil(async () => (await jobRow(film.job.id)).state === "succeeded", 10_000);
  return film;
}

/** A film in one part, without sound, whose plan is made. */
export async function uncutFilm() {
  const { tenantId, authorization } = await makeKey("member");
  const { job, task, runner } = await streamLeased({ tenantId });
  const plan = planOf(1, { sound: false });
  const [chunk] = plan.chunks;
  if (!chunk) throw new Error("no chunk");
  const whole = { code: "one_key_frame", reason: "there is one key frame" };
  await completePlan(runner, task, { ...plan, chunks: [], whole, thumbnails: false });
  return {
    job,
    key: authorization.slice("Bearer ".length),
    async picture() {
      const part = (await leaseParts(runner)).get("encode:whole");
      if (!part) throw new Error("nothing to encode");
      const segments = ["video-1/seg-00001.m4s", "video-2/seg-00001.m4s"].map((name) => [name, "segment"] as const);
      const inits = ["video-1/init.mp4", "video-2/init.mp4"].map((name) => [name, "init"] as const);
      const outputs = await Promise.all(
        [...segments, ...inits].map(([name, role]) => writeAs(part, runner, name, role)),
      );
      return completeWith(runner, part, { outputs, report: reportOf(chunk, outputs[0]?.bytes ?? 0) });
    },
    finish: () => finishStream(runner),
  };
}

export async function playbackOf({ job, key }: Pick<PlannedFilm, "job" | "key">, body: object = {}): Promise<Playback> {
  const response = await call(`/api/v1/jobs/${job.id}/playback`, { method: "POST", key, body });
  if (response.status !== 201) throw new Error(await response.text());
  return Playback.parse(await response.json());
}

/** What a player gets for a file of the title. */
export function play(
  { token }: Pick<Playback, "token">,
  file: string,
  headers: Record<string, string> = {},
  method = "GET",
) {
  return call(`/api/v1/play/${token}/${file}`, { method, headers });
}

/** The body, whatever its type says it is. */
export async function textOf(response: Response | Promise<Response>): Promise<string> {
  return new TextDecoder().decode(await (await response).arrayBuffer());
}

/** Goes on as if so much time had passed; the clock of caches and objects is another one. */
export function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}
