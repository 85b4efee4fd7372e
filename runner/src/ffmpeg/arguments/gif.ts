import { limits } from "@reelway/shared/limits";
import { imageInput, mediaInput } from "./guard.ts";
import { pictureGraph } from "./picture.ts";
import { seek, type TranscodeFiles, type TranscodePlan } from "./transcode.ts";

/** The palette of the whole clip, in the child's working directory. */
export const paletteFile = "palette.png";

/**
 * The two runs that make a GIF: first one palette for the whole clip, then the frames drawn with it. In one run ffmpeg
 * would hold every frame in memory until the palette is known.
 */
export function gifArguments(plan: TranscodePlan, files: TranscodeFiles, pass: 1 | 2): string[] {
  const { picture } = plan;
  if (picture === null) throw new TypeError("a GIF has a picture");
  // Of the input, so that nothing beyond the range is decoded, nor has colours in the palette.
  const length = ["-t", String(plan.window.lengthSeconds ?? limits.inputDurationSeconds)];
  const before = [...seek(plan.window), ...length];
  const inputs = [mediaInput({ path: files.source, format: files.format, threads: files.threads, before })];
  const { watermark } = picture;
  const watermarkInput = watermark === null ? null : inputs.push(imageInput(watermark.path, watermark.format)) - 1;
  const paletteInput = pass === 2 ? inputs.push(imageInput(`${files.work}/${paletteFile}`, "png")) - 1 : null;
  const graph = pictureGraph(picture, plan.window.startSeconds, watermarkInput);
  const start = ["-v", "error", "-y", ...inputs.flat(), "-filter_complex_threads", String(files.threads)];
  if (paletteInput === null)
    // The second, empty output shows how far the run is: the palette itself comes at its end.
    return [
      ...start,
      ...[
        "-filter_complex",
        `${graph};[v]split[p][n];[p]palettegen=max_colors=${colorsFor(picture.quality)}:stats_mode=diff[pal]`,
      ],
      ...["-map", "[n]", "-fps_mode", "vfr", "-f", "null", "-"],
      ...["-map", "[pal]", "-frames:v", "1", "-f", "image2", "-update", "1", `file:${paletteFile}`],
    ];
  return [
    ...start,
    ...[
      "-filter_complex",
      `${graph};[v][${paletteInput}:0]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle[g]`,
    ],
    ...["-map", "[g]", "-c:v", "gif", "-fps_mode", "vfr", "-map_metadata", "-1"],
    ...["-fs", String(files.outputBytes), "-loop", "0", "-f", "gif", `file:${files.output}`],
  ];
}

/** 16 colours at quality 0, all 256 from 65 on. */
function colorsFor(quality: number): number {
  return Math.min(256, Math.round(16 + quality * 3.7));
}
