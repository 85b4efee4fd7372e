import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import type { TranscodePlan } from "../../ffmpeg/arguments/transcode.ts";
import { earliestEnd, shortestShown } from "../../ffmpeg/last-picture.ts";
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
  if (picture === null || source.durationSeconds === null) return plan;
  // At a steady rate a picture may move by half of what it is shown for.
  const shortest = picture.fps === null ? shortestShown : Math.max(shortestShown, 1 / picture.fps);
  const origin = (source.startSeconds ?? 0) + window.startSeconds;
  const format = forcedFormat(source.container);
  const earliest = await earliestEnd(scope, { path, format, picture: picture.stream, origin, shortest });
  if (earliest === null) return plan;
  const end = Math.max(source.durationSeconds - window.startSeconds, earliest);
  const endSeconds = Math.max(shortest, Math.min(end, window.lengthSeconds ?? end));
  return { ...plan, picture: { ...picture, endSeconds } };
}
