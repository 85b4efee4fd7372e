import { z } from "zod";

const Text = z.string();
const Tags = z.record(z.string(), z.string());

const SideData = z.object({
  side_data_type: Text.optional(),
  rotation: z.number().optional(),
});

const Stream = z.object({
  index: z.int(),
  codec_type: Text.optional(),
  codec_name: Text.optional(),
  profile: z.union([Text, z.number()]).optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  coded_width: z.int().optional(),
  coded_height: z.int().optional(),
  sample_aspect_ratio: Text.optional(),
  pix_fmt: Text.optional(),
  field_order: Text.optional(),
  bits_per_raw_sample: Text.optional(),
  r_frame_rate: Text.optional(),
  avg_frame_rate: Text.optional(),
  nb_frames: Text.optional(),
  duration: Text.optional(),
  bit_rate: Text.optional(),
  color_primaries: Text.optional(),
  color_transfer: Text.optional(),
  color_space: Text.optional(),
  color_range: Text.optional(),
  channels: z.int().optional(),
  channel_layout: Text.optional(),
  sample_rate: Text.optional(),
  disposition: z.record(z.string(), z.number()).optional(),
  tags: Tags.optional(),
  side_data_list: z.array(SideData).optional(),
});
export type ProbedStream = z.infer<typeof Stream>;

/** The parts of `ffprobe -of json -show_format -show_streams -show_chapters` that we read. */
export const ProbeDocument = z.object({
  streams: z.array(Stream).default([]),
  chapters: z.array(z.object({})).default([]),
  format: z
    .object({
      format_name: Text,
      start_time: Text.optional(),
      duration: Text.optional(),
      bit_rate: Text.optional(),
      tags: Tags.optional(),
    })
    .optional(),
});
export type ProbeDocument = z.infer<typeof ProbeDocument>;
