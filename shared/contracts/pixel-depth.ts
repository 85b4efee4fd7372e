/** Bits of each sample of ffmpeg's pixel formats that we make: `yuv420p` and `nv12` have 8, `yuv420p10le` and `p010le` have 10. */
export function pixelDepth(pixelFormat: string): 8 | 10 {
  return pixelFormat.includes("10") ? 10 : 8;
}
