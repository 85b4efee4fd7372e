import { open } from "node:fs/promises";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ImageFormat } from "../../ffmpeg/arguments/guard.ts";
import type { Watermark } from "../../ffmpeg/arguments/picture.ts";

/** Finds the watermark's format by its first bytes: names and types are the uploader's, and prove nothing. */
export async function readWatermark(spec: TranscodeSpec, path: string | undefined): Promise<Watermark | null> {
  if (!spec.watermark) return null;
  if (path === undefined) throw new ReelwayError("runner_error", "the task came without its watermark");
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
    const format = imageFormat(buffer.subarray(0, bytesRead));
    if (!format) throw new ReelwayError("input_unreadable", "the watermark is not a PNG, JPEG or WebP picture");
    return { path, format, spec: spec.watermark };
  } finally {
    await file.close();
  }
}

function imageFormat(head: Buffer): ImageFormat | null {
  if (head.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex"))) return "png";
  if (head.subarray(0, 3).equals(Buffer.from("ffd8ff", "hex"))) return "jpeg";
  if (head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP") return "webp";
  return null;
}
