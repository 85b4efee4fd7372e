import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { StreamInput } from "../../ffmpeg/arguments/stream-encode.ts";
import { streamEncoders } from "../../ffmpeg/arguments/stream-encoders.ts";
import { readHdr10 } from "../../ffmpeg/hdr10.ts";
import type { KindContext } from "../kind.ts";
import { scopeOf } from "../scope.ts";

/** With what the source says of HDR10's display and light, where its colours are kept and the encoder can be told. */
export async function withHdr10(
  context: KindContext,
  video: PlannedVideo,
  source: VideoStream,
  input: StreamInput,
): Promise<PlannedVideo> {
  const isKept = source.hdr === "hdr10" && video.color.toneMap.length === 0;
  if (!isKept || !streamEncoders.get(video.encoder)?.tellsHdr10) return video;
  return { ...video, color: { ...video.color, hdr10: await readHdr10(scopeOf(context), input) } };
}
