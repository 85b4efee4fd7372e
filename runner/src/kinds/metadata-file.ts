import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EncodeAttempt, OutputSummary } from "@reelway/shared/contracts/manifest";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { ProducedFile } from "./kind.ts";

/** Writes metadata.json: what the source holds and, where there is one, what the result holds and what made it. */
export async function writeMetadata(
  directory: string,
  metadata: {
    readonly source: MediaInfo;
    readonly result?: MediaInfo;
    readonly ran?: readonly EncodeAttempt[];
  },
): Promise<ProducedFile> {
  const path = join(directory, "metadata.json");
  await writeFile(path, `${JSON.stringify(metadata, null, 2)}\n`);
  return { path, name: "metadata.json", role: "metadata", contentType: "application/json" };
}

export function summarise(info: MediaInfo): OutputSummary {
  const video = info.video.find((stream) => !stream.attachedPicture);
  return {
    durationSeconds: info.durationSeconds,
    width: video?.width ?? null,
    height: video?.height ?? null,
    fps: video?.fps ?? null,
    videoCodec: video?.codec ?? null,
    audioCodec: info.audio[0]?.codec ?? null,
  };
}
