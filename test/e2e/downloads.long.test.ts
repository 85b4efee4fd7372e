import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { cliIn } from "../../shared/cli/test/run-cli.ts";
import { silentFilm, twoSoundsFilm } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, submit } from "./convert.ts";

let stack: TestStack;
let cli: ReturnType<typeof cliIn>;
const folder = folderOfFile("downloads");
const runner = () => stack.startRunner({ env: { ENGINE_PATH: buildEngine(), CONCURRENCY: "1" } });
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
  cli = cliIn(stack, folder);
}, 900_000);
afterAll(() => stack?.stop());

const request = (downloads: "all" | string[]) => ({
  spec: {
    kind: "stream" as const,
    video: { ladder: [{ shortSide: 360 }, { shortSide: 180 }], speed: "fast" as const },
    chunkSeconds: 8,
    downloads,
  },
});

const decode = (source: string, args: readonly string[]) =>
  execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-i", source, ...args, "-"], { maxBuffer: 512 * 1024 * 1024 });

/** The MD5 of each picture, whenever it is shown. */
const pictures = (source: string) =>
  decode(source, ["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5"])
    .toString()
    .split("\n")
    .flatMap((line) => (/^\d/.test(line) ? (line.split(",").at(-1)?.trim() ?? []) : []));

const sound = (source: string, track = 0) => decode(source, ["-map", `0:a:${track}`, "-f", "s16le"]);

/** The second is the first, but for a packet that the encoder put in front: lists of segments show it, files hide it. */
function expectSameSound(segments: Buffer, file: Buffer, channels: number): void {
  const extra = segments.length - file.length;
  expect([0, 1_024 * channels * 2]).toContain(extra);
  expect(segments.subarray(extra).equals(file)).toBe(true);
  expect(file.length).toBeGreaterThan(19 * 48_000 * channels * 2);
}

function topLevelBoxes(path: string): string[] {
  const bytes = readFileSync(path);
  const kinds: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at))
    kinds.push(bytes.toString("latin1", at + 4, at + 8));
  return kinds;
}

async function downloaded(jobId: string, query: string): Promise<string> {
  const response = await fetch(`${stack.url}/api/v1/jobs/${jobId}/download${query}`, {
    headers: { authorization: `Bearer ${stack.key}` },
  });
  expect(response.status).toBe(200);
  const path = join(folder, `downloaded${query.replace(/\W/g, "-")}.mp4`);
  writeFileSync(path, Buffer.from(await response.arrayBuffer()));
  return path;
}

const partOf = async (jobId: string, part: string) =>
  (await stack.client.jobs.tasks(jobId)).items.find((task) => task.part === part);

test("each size is one file of the very pictures and sounds that are played, though the first who joined it was killed", async () => {
  await Promise.all([runner(), runner()]);
  const { id } = await submit(stack.client, twoSoundsFilm(), request("all"));
  await expect
    .poll(async () => (await partOf(id, "progressive"))?.state, { timeout: 200_000, interval: 50 })
    .toBe("leased");
  await stack.killRunners();
  expect((await partOf(id, "progressive"))?.state, "it was killed before it was done").toBe("leased");
  await runner();
  const done = await ended(stack.client, id);
  expect([done.state, done.error]).toEqual(["succeeded", null]);
  expect((await partOf(id, "progressive"))?.attempt).toBeGreaterThanOrEqual(2);
  expect((await stack.client.jobs.plan(id)).chunks).toHaveLength(3);

  const { hls } = await stack.client.jobs.playback(id);
  const list = (rendition: string) => new URL(`${rendition}/playlist.m3u8`, hls).href;
  const sounds = [sound(list("audio-1")), sound(list("audio-2"))];
  for (const [quality, rendition] of [
    ["360p", "video-1"],
    ["180p", "video-2"],
  ] as const) {
    const file = await downloaded(id, `?quality=${quality}`);
    const shown = pictures(file);
    expect(shown).toHaveLength(480);
    expect(shown).toEqual(pictures(list(rendition)));
    for (const [track, segments] of sounds.entries()) expectSameSound(segments, sound(file, track), 1);
    expect(topLevelBoxes(file)).toEqual(["ftyp", "moov", "mdat"]);
    const streams = execFileSync("ffprobe", [
      ...[
        "-v",
        "error",
        "-of",
        "csv=p=0",
        "-show_entries",
        "stream=codec_type:stream_tags=language:disposition=default",
        file,
      ],
    ]);
    expect(streams.toString().trim().split("\n")).toEqual(["video,1,und", "audio,1,deu", "audio,0,eng"]);
  }
  expect(readFileSync(await downloaded(id, "")).equals(readFileSync(await downloaded(id, "?quality=360p")))).toBe(true);

  const saved = await cli.run("jobs", "download", id, "--quality", "180p", "-o", "small.mp4");
  expect([saved.code, saved.stdout.trim()]).toEqual([0, "small.mp4"]);
  const small = readFileSync(join(cli.folder, "small.mp4"));
  expect(small.equals(readFileSync(await downloaded(id, "?quality=180p")))).toBe(true);
  const none = await cli.run("jobs", "download", id, "--quality", "720p");
  expect([none.code === 0, none.stderr]).toEqual([false, expect.stringContaining("360p, 180p")]);
}, 400_000);

test("a film without sound has a file without sound; a size that is not in its ladder is the next lower one", async () => {
  await stack.killRunners();
  await runner();
  const job = await convert(stack.client, silentFilm(), request(["240p"]));
  expect(job.outputs.filter(({ role }) => role === "video").map(({ name }) => name)).toEqual(["film-180p.mp4"]);
  const file = await downloaded(job.id, "?quality=180p");
  const { hls } = await stack.client.jobs.playback(job.id);
  expect(pictures(file)).toEqual(pictures(new URL("video-2/playlist.m3u8", hls).href));
  expect(
    execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", file]).toString(),
  ).toBe("video\n");
  const response = await fetch(`${stack.url}/api/v1/jobs/${job.id}/metadata`, {
    headers: { authorization: `Bearer ${stack.key}` },
  });
  expect(await response.json()).toMatchObject({
    result: { downloads: { replaced: [{ asked: "240p", made: "180p" }] } },
  });
}, 300_000);
