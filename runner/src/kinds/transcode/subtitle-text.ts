import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import { subtitlesFile } from "../../ffmpeg/arguments/picture.ts";
import { sidecarArguments, trackArguments } from "../../ffmpeg/arguments/subtitles.ts";
import { type RunScope, runFfmpeg } from "../../ffmpeg/run.ts";
import { readMade } from "../../storage/read-made.ts";
import type { KindContext } from "../kind.ts";
import { sourceOf } from "../scope.ts";
import { textTrack } from "./streams.ts";

/** The largest sidecar that is read, bytes: hours of dense text stay below it. */
export const sidecarBytesMax = 10 * 1024 * 1024;
/** The largest WebVTT that ffmpeg may make of subtitles, bytes. */
const madeBytesMax = 64 * 1024 * 1024;

/** Brings the wished subtitles, of a sidecar or of the source, into our own WebVTT in the work directory. */
export async function prepareSubtitles(
  context: KindContext,
  scope: RunScope,
  spec: TranscodeSpec,
  source: MediaInfo,
): Promise<void> {
  const { subtitles } = spec;
  if (!subtitles) return;
  if (subtitles.track === undefined) await convertSidecar(context, scope);
  else {
    const from = { path: sourceOf(context), format: forcedFormat(source.container) };
    await runFfmpeg(scope, trackArguments(from, textTrack(source, subtitles.track).index));
  }
  const made = await readMade(join(context.workDirectory, subtitlesFile), madeBytesMax);
  if (!made.includes("-->")) throw new ReelwayError("input_unreadable", "the subtitles hold no cues");
}

async function convertSidecar(context: KindContext, scope: RunScope): Promise<void> {
  const [path] = context.inputs.subtitles ?? [];
  if (path === undefined) throw new ReelwayError("runner_error", "the task came without its subtitles");
  const { size } = await stat(path);
  if (size > sidecarBytesMax)
    throw new ReelwayError("input_limit_exceeded", `${size} bytes of subtitles, the limit is ${sidecarBytesMax}`);
  const text = decodeText(await readFile(path));
  const sidecar = join(context.workDirectory, "sidecar.txt");
  await writeFile(sidecar, text);
  await runFfmpeg(scope, sidecarArguments(sidecar, text.startsWith("WEBVTT") ? "webvtt" : "srt"));
}

/** Old SubRip files come in the code page of their country; UTF-8 proves itself, Windows-1252 is the usual rest. */
export function decodeText(bytes: Buffer): string {
  const byteOrder = bytes.subarray(0, 2).toString("hex");
  if (byteOrder === "fffe") return new TextDecoder("utf-16le").decode(bytes);
  if (byteOrder === "feff") return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
