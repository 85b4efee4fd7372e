import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTools } from "../../../src/ffmpeg/tools.ts";
import { detect } from "../../../src/hardware/detect.ts";
import { ffmpegPath, ffprobePath } from "../../media-tools.ts";
import { bareProofPlace } from "../../support/proof-place.ts";
import { deviceFfmpeg } from "./device-ffmpeg.ts";
import { modestCard } from "./script.ts";

/** A host whose ffmpeg has a card in it, as the runner's own detection found it. */
export async function cardHost() {
  const card = await deviceFfmpeg(ffmpegPath);
  const cacheDirectory = await mkdtemp(join(tmpdir(), "reelway-card-proof-"));
  await card.behave(modestCard);
  const look = async () =>
    detect({
      tools: await openTools({ ffmpegPath: card.path, ffprobePath }),
      ...{ place: bareProofPlace, cacheDirectory },
      devices: [{ family: "nvidia", address: "0" }],
      // What is late on a host that is busy would count as what may pass, and be tried again.
      timeoutMs: 120_000,
    });
  const remove = async () => {
    await card.remove();
    await rm(cacheDirectory, { recursive: true, force: true });
  };
  return { card, look, detected: await look(), remove };
}
