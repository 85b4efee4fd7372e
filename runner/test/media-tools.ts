import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTools } from "../src/ffmpeg/tools.ts";
import { detect } from "../src/hardware/detect.ts";
import { bareProofPlace } from "./support/proof-place.ts";

/** The ffmpeg under test: the system's, or the one that REELWAY_TEST_FFMPEG and REELWAY_TEST_FFPROBE name. */
export const ffmpegPath = process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg";
export const ffprobePath = process.env.REELWAY_TEST_FFPROBE ?? "/usr/bin/ffprobe";

export const fixtureDirectory = join(process.env.REELWAY_TEST_CLIPS ?? tmpdir(), "reelway-test-media");

export const { tools } = await detect({
  tools: await openTools({ ffmpegPath, ffprobePath }),
  place: bareProofPlace,
  cacheDirectory: join(fixtureDirectory, Buffer.from(ffmpegPath).toString("hex").slice(-40)),
});
