import { mediaInput, subtitleInput } from "./guard.ts";
import { subtitlesFile } from "./picture.ts";

/** Sidecar text, already in UTF-8, becomes our own WebVTT: the round trip drops fonts, sizes and everything else. */
export function sidecarArguments(path: string, format: "srt" | "webvtt"): string[] {
  return ["-v", "error", "-y", ...subtitleInput(path, format), ...toOwnFile(0)];
}

/** A text track of the source, the same way. */
export function trackArguments(source: { path: string; format: string }, index: number): string[] {
  return ["-v", "error", "-y", ...mediaInput({ ...source, threads: 1 }), ...toOwnFile(index)];
}

function toOwnFile(index: number): string[] {
  return ["-map", `0:${index}`, "-map_metadata", "-1", "-c:s", "webvtt", "-f", "webvtt", `file:${subtitlesFile}`];
}
