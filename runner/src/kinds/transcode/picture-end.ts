import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import type { TranscodePlan } from "../../ffmpeg/arguments/transcode.ts";
import { indexedFormats, lastPictureAt, shortestShown } from "../../ffmpeg/last-picture.ts";
import type { RunScope } from "../../ffmpeg/run.ts";

/**
 * The plan with its picture's end, where pictures come at uneven times: newer ffmpegs hold the last one as long as the gap
 * before it, however short it is shown. No picture is lost by it, not even where the file's header claims too little.
 */
export async function withPictureEnd(
  scope: RunScope,
  plan: TranscodePlan,
  source: MediaInfo,
  path: string,
): Promise<TranscodePlan> {
  const { picture, window } = plan;
  const format = forcedFormat(source.container);
  if (!picture?.stream.variableFrameRate || !indexedFormats.has(format)) return plan;
  const last = await lastPictureAt(scope, { path, format, stream: picture.stream.index });
  const claimed = source.durationSeconds;
  if (last === null || claimed === null) return plan;
  const end = Math.max(claimed, last - (source.startSeconds ?? 0) + shortestShown) - window.startSeconds;
  const endSeconds = Math.max(shortestShown, Math.min(end, window.lengthSeconds ?? end));
  return { ...plan, picture: { ...picture, endSeconds } };
}
