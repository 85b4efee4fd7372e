import { createHash } from "node:crypto";
import type { Attributes } from "@opentelemetry/api";

/**
 * What a span tells of an ffmpeg run before it begins: which encoders, and a hash by which equal runs are found, wherever
 * their files lay. The arguments themselves stay here.
 */
export function runAttributes(args: readonly string[], directories: readonly string[]): Attributes {
  const placeless = args.map((arg) => directories.reduce((text, path) => text.replaceAll(path, "."), arg));
  const [video, audio] = [valueAfter(args, "-c:v"), valueAfter(args, "-c:a")];
  return {
    "reelway.ffmpeg.arguments_sha256": createHash("sha256").update(placeless.join("\0")).digest("hex"),
    ...(video !== undefined && { "reelway.encoder": video }),
    ...(audio !== undefined && { "reelway.audio_encoder": audio }),
  };
}

/** A run that encodes something is called so; measuring and checking runs are ffmpeg's too, but no encodes. */
export function runName(args: readonly string[]): "encode" | "ffmpeg" {
  return args.includes("-c:v") || args.includes("-c:a") ? "encode" : "ffmpeg";
}

function valueAfter(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at === -1 ? undefined : args[at + 1];
}
