import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { limits } from "@reelway/shared/limits";
import { mediaInput } from "../../ffmpeg/arguments/guard.ts";
import { correctionFilters, measuringFilter, readMeasure } from "../../ffmpeg/arguments/loudness.ts";
import { type SoundPlan, soundFilters } from "../../ffmpeg/arguments/sound.ts";
import { seek, type TranscodeFiles, type Window } from "../../ffmpeg/arguments/transcode.ts";
import type { FfmpegProgress } from "../../ffmpeg/progress.ts";
import { type RunScope, runFfmpeg } from "../../ffmpeg/run.ts";

/** Measures the sound as it will be (same range, same channels) and returns the plan with its correction. */
export async function correctLoudness(
  scope: RunScope,
  spec: TranscodeSpec,
  sound: SoundPlan,
  window: Window,
  files: TranscodeFiles,
  onProgress: (progress: FfmpegProgress) => void,
): Promise<SoundPlan> {
  const target = spec.audio?.loudness;
  if (!target) return sound;
  const filters = [...soundFilters(sound), measuringFilter(target)].join(",");
  const { logTail } = await runFfmpeg(
    scope,
    [
      ...["-v", "info"],
      ...mediaInput({ path: files.source, format: files.format, threads: files.threads, before: seek(window) }),
      ...["-filter_complex", `[0:${sound.stream.index}]${filters}[a]`, "-map", "[a]"],
      ...["-t", String(window.lengthSeconds ?? limits.inputDurationSeconds), "-f", "null", "-"],
    ],
    onProgress,
  );
  return { ...sound, correction: correctionFilters(target, readMeasure(logTail)) };
}
