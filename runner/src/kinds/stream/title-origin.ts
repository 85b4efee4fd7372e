import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";

/**
 * Where the title's time 0 lies on the clock of its source, seconds. Picture and sound are made by different tasks and must
 * count from the same moment: in MP4 and QuickTime from the movie's start, whatever comes first there; elsewhere from the
 * first thing that is shown or heard.
 */
export function titleOrigin({ container, startSeconds }: Pick<MediaInfo, "container" | "startSeconds">): number {
  return forcedFormat(container) === "mov" ? 0 : Math.max(0, startSeconds ?? 0);
}
