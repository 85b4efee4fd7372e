import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Job } from "@reelway/shared/contracts/job";
import { folderOfFile, folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { breakableFfmpeg } from "../support/breakable-ffmpeg.ts";
import { headlessClip, silentFilm, smallClip, textFile, truncatedClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, submit } from "./convert.ts";

const ffmpeg = breakableFfmpeg(folderOfFile("taken-home-ffmpeg"));

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { RETRY_BASE_MS: "100" } });
  await stack.startRunner({ env: { FFMPEG_PATH: ffmpeg.path, ENGINE_PATH: buildEngine() } });
}, 900_000);
afterAll(() => stack.stop());

/** The program that a job failed in. */
function programOf({ state, error }: Job) {
  expect(state, JSON.stringify(error)).toBe("failed");
  if (error?.program?.command === undefined) throw new Error(`no command: ${JSON.stringify(error)}`);
  // Nothing of where it ran, or of where its bytes lie.
  expect(error.program.command).not.toMatch(/https?:|X-Amz|127\.0\.0\.1|\/tmp|tsk_|"/);
  return { ...error.program, command: error.program.command, message: error.message, log: error.logTail ?? "" };
}

/** What a shell makes of a line in a folder that holds nothing but the source. */
function atDesk(command: string, source: string) {
  const cwd = folderOfTest("desk");
  const programs = folderOfTest("desk-programs");
  symlinkSync(ffmpeg.path, join(programs, "ffmpeg"));
  copyFileSync(source, join(cwd, "source"));
  const path = [programs, dirname(buildEngine()), process.env.PATH].join(delimiter);
  const { status, stderr } = spawnSync("sh", ["-c", command], { cwd, env: { PATH: path }, encoding: "utf8" });
  return { status, stderr };
}

/** The last thing that a program said, without what differs from run to run. */
function lastWords(log: string): string {
  const line = log.split("\n").findLast((text) => text.trim() !== "") ?? "";
  return line.replace(/ @ 0x[0-9a-f]+/g, "").replaceAll("file:", "");
}

test.each([
  ["no media at all", async () => textFile(), "ffprobe", 1],
  ["an MP4 without its index", headlessClip, "ffprobe", 1],
  ["an MP4 cut short, of which ffmpeg makes what it can", truncatedClip, "ffmpeg", 0],
] as const)("%s fails at the desk as it did on the runner", async (_, clip, program, exitCode) => {
  const source = await clip();
  const failed = programOf(await ended(stack.client, (await submit(stack.client, source, { preset: "mp4-h264" })).id));
  expect(failed).toMatchObject({ name: program, version: expect.stringMatching(/^\S+$/) });
  const { status, stderr } = atDesk(failed.command, source);
  expect(status).toBe(exitCode);
  expect(lastWords(stderr)).toBe(lastWords(failed.log));
  expect(lastWords(stderr)).not.toBe("");
});

test("a driver that is broken fails each attempt, and each tells the same command", async () => {
  ffmpeg.break();
  const trim = { startSeconds: 0.5, durationSeconds: 1 };
  const overrides = { trim };
  const { id } = await submit(stack.client, smallClip(), { preset: "mp4-h264", overrides });
  const failed = programOf(await ended(stack.client, id));
  expect(failed).toMatchObject({ name: "ffmpeg", inputRange: { fromSeconds: 0.5, toSeconds: 1.5 } });
  expect(atDesk(failed.command, smallClip())).toEqual({ status: 1, stderr: "the driver is broken\n" });
  const { attempts } = await stack.client.deadLetters.get(id);
  expect(attempts?.map(({ error }) => error?.program?.command)).toEqual(Array(4).fill(failed.command));

  ffmpeg.mend();
  expect(atDesk(failed.command, smallClip()).status).toBe(0);
});

test("a chunk of a film that does not decode is cut out at the desk too, and does not decode there either", async () => {
  const source = join(folderOfTest("taken-home"), "damaged.mp4");
  const film = readFileSync(silentFilm());
  film.fill(0, Math.round(film.length * 0.55), film.lastIndexOf("moov") - 4);
  writeFileSync(source, film);
  const { id } = await submit(stack.client, source, {
    spec: {
      kind: "stream",
      video: { ladder: [{ shortSide: 144 }], speed: "fast" },
      chunkSeconds: 8,
      thumbnails: false,
    },
  });
  const failed = programOf(await ended(stack.client, id));
  const { chunks } = await stack.client.jobs.plan(id);
  const ranges = chunks.map(({ startSeconds, endSeconds }) => ({ fromSeconds: startSeconds, toSeconds: endSeconds }));
  expect(failed.command).toMatch(
    /^reelway-media index source > \S+ && reelway-media cut .* && ffmpeg .* -i file:cut\.mp4 /,
  );
  expect(ranges).toContainEqual(failed.inputRange);
  const { stderr } = atDesk(failed.command, source);
  expect(lastWords(stderr)).toBe(lastWords(failed.log));
  expect(lastWords(stderr)).not.toBe("");
});
