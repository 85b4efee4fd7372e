import type { Client } from "../../client/client.ts";
import type { UploadSource } from "../../client/upload-source.ts";
import type { Asset } from "../../contracts/asset.ts";
import { withoutControls } from "../../contracts/text.ts";
import type { RegionId } from "../../regions.ts";
import type { Cli } from "../cli.ts";
import { formatBytes, formatDuration } from "../terminal/units.ts";
import { transferProgress } from "./transfer-progress.ts";

export interface UploadWish {
  region?: RegionId | undefined;
  resume?: string | undefined;
  onAsset: (asset: { id: string; resumed: boolean }) => void;
}

/** Uploads a file with its progress on screen. */
export async function uploadFile(cli: Cli, client: Client, source: UploadSource, wish: UploadWish): Promise<Asset> {
  const { output, signal } = cli;
  const progress = transferProgress(output, "Uploading", source.bytes);
  try {
    const asset = await client.assets.upload(source, {
      ...wish,
      onProgress: ({ uploadedBytes }) => progress.update(uploadedBytes),
      signal,
    });
    const { elapsedMs, perSecond } = progress.end();
    const { green, dim } = output.err;
    const how = `${formatBytes(source.bytes)} in ${formatDuration(elapsedMs)} · ${formatBytes(perSecond)}/s · ${asset.region}`;
    output.note(`${green("✓")} Uploaded    ${withoutControls(source.name)} ${dim(how)}`);
    return asset;
  } finally {
    progress.stop();
  }
}
