const both = [
  ...["profile", "level", "allow_sw", "require_sw", "realtime", "frames_before", "frames_after", "prio_speed"],
  ...["power_efficient", "spatial_aq", "max_ref_frames"],
];

/** Options of encoders that no ffmpeg on Linux has, as its manual lists them. */
export const videoToolboxWords: Readonly<Record<string, readonly string[]>> = {
  h264_videotoolbox: [...both, "coder", "a53cc", "constant_bit_rate", "max_slice_bytes"],
  hevc_videotoolbox: [...both, "alpha_quality", "constant_bit_rate"],
};
