import type { MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import type { StreamInput } from "../../ffmpeg/arguments/stream-encode.ts";
import { probeSource } from "../../ffmpeg/probe.ts";
import type { KindContext } from "../kind.ts";
import { scopeOf, sourceOf } from "../scope.ts";
import { mainPicture } from "../transcode/streams.ts";
import { titleOrigin } from "./title-origin.ts";

export interface WholeInput {
  readonly info: MediaInfo;
  readonly picture: VideoStream;
  /** How long it claims to last; null where nothing says. */
  readonly seconds: number | null;
  readonly input: StreamInput;
}

/** The picture of a source that is not taken apart, as its encoder is given it. */
export async function wholeInput(context: KindContext): Promise<WholeInput> {
  const path = sourceOf(context);
  const info = await probeSource(scopeOf(context), path);
  const picture = mainPicture(info);
  return {
    info,
    picture,
    seconds: picture.durationSeconds ?? info.durationSeconds,
    input: {
      ...{ path, format: forcedFormat(info.container), stream: picture.index, origin: titleOrigin(info) },
      interlaced: picture.interlaced === true,
    },
  };
}
