import { join } from "node:path";
import { streamGiven } from "../../ffmpeg/arguments/given-pictures.ts";
import { encodedFile } from "../../ffmpeg/arguments/stream.ts";
import type { StreamEncode } from "../../ffmpeg/arguments/stream-encode.ts";
import type { Sampled } from "../samples/check-sample.ts";
import { isStarved } from "../samples/starved.ts";

/** All renditions of a part of a stream, as they were encoded, with what they are to show. */
export function sampledPart(encode: StreamEncode, workDirectory: string, lengthSeconds: number | null): Sampled {
  return {
    given: (fromSeconds) => streamGiven(encode, fromSeconds),
    made: encode.video.renditions.flatMap(({ width, height, maxKbps }, place) => {
      if (isStarved(maxKbps, { width, height }, encode.video.fps)) return [];
      const name = `the rendition of ${width}x${height}`;
      return [{ name, path: join(workDirectory, encodedFile(place)), format: "mov" }];
    }),
    lengthSeconds,
  };
}
