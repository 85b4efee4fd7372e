import { tmpdir } from "node:os";
import { join } from "node:path";
import { detect } from "../src/hardware/detect.ts";

/** The ffmpeg under test: the system's, or the one that REELWAY_TEST_FFMPEG and REELWAY_TEST_FFPROBE name. */
export const ffmpegPath = process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg";
export const ffprobePath = process.env.REELWAY_TEST_FFPROBE ?? "/usr/bin/ffprobe";

export const fixtureDirectory = join(tmpdir(), "reelway-test-media");

export const { tools } = await detect({
  ffmpegPath,
  ffprobePath,
  cacheDirectory: join(fixtureDirectory, Buffer.from(ffmpegPath).toString("hex").slice(-40)),
});
