import { execa } from "execa";
import { onTestFinished } from "vitest";
import { deviceFfmpeg } from "../hardware/device-ffmpeg/device-ffmpeg.ts";
import { ffmpegPath, ffprobePath } from "../media-tools.ts";
import { testDirectory } from "./directory.ts";

const entry = new URL("../../src/main.ts", import.meta.url).pathname;

/** Runs `reelway-runner` with these words and settings, and nothing else of the environment. */
export async function doctor(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const home = await testDirectory();
  const run = await execa(process.execPath, ["--disable-warning=ExperimentalWarning", entry, ...words], {
    ...{ reject: false, extendEnv: false, stdin: "ignore" },
    env: {
      ...{ PATH: process.env.PATH ?? "", FFMPEG_PATH: ffmpegPath, FFPROBE_PATH: ffprobePath, STATE_DIR: home },
      ...{ SANDBOX: "off", ...environment },
    },
  });
  return { code: run.exitCode, out: run.stdout, err: run.stderr };
}

/** The settings of a host with one card, which behaves like this. */
export async function cardThat(script: Parameters<Awaited<ReturnType<typeof deviceFfmpeg>>["behave"]>[0]) {
  const card = await deviceFfmpeg(ffmpegPath);
  onTestFinished(card.remove);
  await card.behave(script);
  return { FFMPEG_PATH: card.path, DEVICES: "nvidia:0" };
}
