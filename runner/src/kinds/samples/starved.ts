import type { Size } from "../../ffmpeg/arguments/geometry.ts";

/** Bits for a pixel below which a good encoder, too, may leave nothing of a picture: x264 makes black grey at 0.001 (ADR 39). */
const least = 0.002;

/** Whether so low a bit rate was asked for that what comes out says nothing of who made it. */
export function isStarved(kbps: number, { width, height }: Size, fps: number): boolean {
  return (kbps * 1_000) / (width * height * fps) < least;
}
