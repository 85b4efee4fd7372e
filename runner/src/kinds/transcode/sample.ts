import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { transcodeGiven } from "../../ffmpeg/arguments/given-pictures.ts";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import type { PicturePlan } from "../../ffmpeg/arguments/picture.ts";
import type { TranscodeFiles, TranscodePlan } from "../../ffmpeg/arguments/transcode.ts";
import type { Sampled } from "../samples/check-sample.ts";
import { isStarved } from "../samples/starved.ts";

/** The picture of a result, with what it is to show. */
export function sampledOf(plan: TranscodePlan, files: TranscodeFiles, result: MediaInfo): Sampled {
  const { picture } = plan;
  const isTold = picture !== null && !(plan.container === "gif" ? hasFewColours(picture) : isStarvedOf(picture));
  return {
    given: (fromSeconds) => transcodeGiven(plan, files, fromSeconds),
    made: isTold ? [{ name: "the result", path: files.output, format: forcedFormat(result.container) }] : [],
    // Nobody jumps in a GIF.
    lengthSeconds: plan.container === "gif" ? null : (result.video[0]?.durationSeconds ?? result.durationSeconds),
  };
}

function isStarvedOf({ bitrateKbps, geometry, fps, stream }: PicturePlan): boolean {
  return bitrateKbps !== null && isStarved(bitrateKbps, geometry.final, fps ?? stream.fps ?? usualFps);
}

const usualFps = 25;

/** With some tens of colours a good GIF, too, shows others than its source. */
function hasFewColours({ quality }: PicturePlan): boolean {
  return quality < 20;
}
