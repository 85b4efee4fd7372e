import { clip } from "../../support/clips.ts";

/** 7 s of uncompressed 640×360, 73 MB: above the threshold from which an upload has parts. */
export function rawClip(): string {
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=7"];
  return clip("raw-7.avi", ...picture, "-c:v", "rawvideo", "-pix_fmt", "yuv420p");
}
