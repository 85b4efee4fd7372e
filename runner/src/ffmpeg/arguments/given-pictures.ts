import { reducedGeometry, reducedSize } from "./geometry.ts";
import { imageInput, mediaInput } from "./guard.ts";
import { oneAtATime } from "./measure.ts";
import { pictureGraph } from "./picture.ts";
import type { PictureSource } from "./small-pictures.ts";
import type { StreamEncode } from "./stream-encode.ts";
import { streamGraph } from "./stream-filters.ts";
import { seek, type TranscodeFiles, type TranscodePlan } from "./transcode.ts";

/** What comes of these pictures is looked at in small: so they are filtered no larger than this, pixels. */
const longestSide = 384;

/**
 * What a transcode's encoder is to be given from so many seconds of its result on, decoded and filtered in memory, small. At
 * the source's own rate: which of its pictures a changed rate shows depends on where it begins.
 */
export function transcodeGiven(plan: TranscodePlan, files: TranscodeFiles, fromSeconds: number): PictureSource {
  const { picture } = plan;
  if (picture === null) throw new TypeError("nothing is encoded of the picture");
  const startSeconds = plan.window.startSeconds + fromSeconds;
  const { source: path, format, threads } = files;
  const inputs = [mediaInput({ path, format, threads, before: seek({ startSeconds }) })];
  const { watermark } = picture;
  const watermarkInput = watermark === null ? null : inputs.push(imageInput(watermark.path, watermark.format)) - 1;
  const small = { ...picture, fps: null, geometry: reducedGeometry(picture.geometry, longestSide) };
  return { inputs: inputs.flat(), graph: pictureGraph(small, startSeconds, watermarkInput) };
}

/** The same of a part of a stream. Its renditions show the same, so one stands for all. */
export function streamGiven(encode: StreamEncode, fromSeconds: number): PictureSource {
  const { video, input, threads } = encode;
  const { path, format, origin } = input;
  const [largest] = video.renditions;
  if (largest === undefined) throw new TypeError("nothing is encoded of the picture");
  const size = reducedSize(largest, Math.min(1, longestSide / Math.max(largest.width, largest.height)));
  const graph = streamGraph({ ...encode, video: { ...video, renditions: [{ ...largest, ...size }] } });
  return {
    inputs: mediaInput({ path, format, threads, before: seek({ startSeconds: fromSeconds }) }),
    graph: `${graph};[v0]${origin === null ? "null" : oneAtATime}[v]`,
  };
}
