import { h264Level, h265Level, type Load } from "../levels.ts";
import { type DeviceEncoder, type DeviceFamily, filter, type Intent, type Option } from "./family.ts";
import { averageRate, ceiling, isChunk, keyFrameOptions, pinned, rateBelow } from "./intent-options.ts";
import { toneMapping } from "./libplacebo.ts";

/**
 * How hard the driver tries. Intel's counts from 1, the most, to 7, and ffmpeg lowers what is beyond. AMD's reads bits: 1 and 3
 * are its balanced setting, 17 its fast one, and 4 to 7 are slower than both.
 */
const speeds = { fast: "17", balanced: "3", thorough: "1" } as const;

/** Drivers differ in the constant quality that they know, newer Intel ones encode by their low-power units only. */
const variants = ["icq", "icq-low-power", "cqp", "cqp-low-power"] as const;

function options(intent: Intent, variant: string): Option[] {
  return [
    ...rate(intent, variant.startsWith("icq")),
    ["-compression_level", speeds[intent.speed]],
    ...(variant.endsWith("low-power") ? [["-low_power", "1"] as const] : []),
    // Where the driver has none, ffmpeg makes do without.
    ["-bf", "2"],
    ...pinned(intent),
    ...keyFrameOptions(intent),
    // Each I-frame is an IDR picture.
    ...(isChunk(intent) ? [["-idr_interval", "0"] as const] : []),
  ];
}

function rate({ rate }: Intent, hasIcq: boolean): Option[] {
  switch (rate.kind) {
    case "quality":
      return hasIcq
        ? [
            ["-rc_mode", "ICQ"],
            ["-global_quality", String(rate.factor)],
          ]
        : [
            ["-rc_mode", "CQP"],
            ["-global_quality", String(rate.factor)],
          ];
    case "capped":
      return hasIcq
        ? [
            ["-rc_mode", "QVBR"],
            ["-global_quality", String(rate.factor)],
            rateBelow(rate.maxKbps),
            ...ceiling(rate.maxKbps),
          ]
        : [["-rc_mode", "VBR"], rateBelow(rate.maxKbps), ...ceiling(rate.maxKbps)];
    case "bitrate":
      return [["-rc_mode", "VBR"], ...averageRate(rate.kbps)];
  }
}

/** Its levels have no zero behind the point. */
const bare = (level: (load: Load) => string | null) => (load: Load) => level(load)?.replace(".0", "") ?? null;

const shared = { minimumSide: 128, variants, options } as const;
const encoders: readonly DeviceEncoder[] = [
  {
    ...shared,
    ...{ name: "h264_vaapi", codec: "h264", depths: [8], scale: [44, 12], level: bare(h264Level) },
    profile: () => "high",
  },
  {
    ...shared,
    ...{ name: "hevc_vaapi", codec: "h265", depths: [8, 10], scale: [44, 12], level: bare(h265Level) },
    profile: (depth) => (depth === 10 ? "main10" : "main"),
  },
  // AV1 and VP9 count their quantisers to 255.
  {
    ...shared,
    ...{ name: "av1_vaapi", codec: "av1", depths: [8, 10], scale: [220, 40], level: () => null },
    profile: () => "main",
  },
  {
    ...shared,
    ...{ name: "vp9_vaapi", codec: "vp9", depths: [8, 10], scale: [220, 40], level: () => null },
    profile: () => null,
  },
];

const turns = { 90: "clock", 180: "reversal", 270: "cclock" } as const;
const bt709 = { matrix: "bt709", primaries: "bt709", transfer: "bt709" };

export const vaapi: DeviceFamily = {
  name: "vaapi",
  title: "VAAPI (AMD, Intel)",
  open: ({ address }) => ["-init_hw_device", `vaapi=dev:${address}`, "-filter_hw_device", "dev"],
  decode: [
    ...["-hwaccel", "vaapi", "-hwaccel_device", "dev", "-hwaccel_output_format", "vaapi"],
    ...["-extra_hw_frames", "16"],
  ],
  decoded: { 8: "nv12", 10: "p010le" },
  worked: { 8: "nv12", 10: "p010le" },
  converts: true,
  upload: [filter("hwupload")],
  // The driver takes colours that are multiplied with their alpha already.
  mark: [
    filter("format", { pix_fmts: "gbrap" }),
    filter("premultiply", { inplace: 1 }),
    filter("format", { pix_fmts: "bgra" }),
  ],
  filters: {
    scale: [
      {
        name: "scale_vaapi",
        needs: ["scale_vaapi"],
        depths: [8, 10],
        write: ({ size: { width, height }, format }) => [
          filter("scale_vaapi", { w: width, h: height, mode: "hq", format, out_range: "tv" }),
        ],
      },
    ],
    pad: [
      {
        name: "pad_vaapi",
        needs: ["pad_vaapi"],
        depths: [8, 10],
        write: ({ size: { width, height } }) => [
          filter("pad_vaapi", { w: width, h: height, x: "(ow-iw)/2", y: "(oh-ih)/2", color: "black" }),
        ],
      },
    ],
    turn: [
      {
        name: "transpose_vaapi",
        needs: ["transpose_vaapi"],
        depths: [8, 10],
        write: ({ turn }) => [filter("transpose_vaapi", { dir: turns[turn] })],
      },
    ],
    deinterlace: [
      {
        name: "deinterlace_vaapi",
        needs: ["deinterlace_vaapi"],
        depths: [8, 10],
        write: () => [filter("deinterlace_vaapi", { rate: "frame", auto: 1 })],
      },
    ],
    toneMap: [
      {
        name: "tonemap_vaapi",
        needs: ["tonemap_vaapi"],
        depths: [10],
        write: ({ format }) => [filter("tonemap_vaapi", { format, ...bt709 })],
      },
      // By Vulkan on the same memory, where the drivers share it: AMD's VAAPI maps no light itself.
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect", "hwmap.derive_device"],
        depths: [10],
        write: ({ format }) => [
          filter("hwmap", { derive_device: "vulkan" }),
          toneMapping(format),
          filter("hwmap", { derive_device: "vaapi" }),
        ],
      },
      // By OpenCL in the same way.
      {
        name: "tonemap_opencl",
        needs: ["tonemap_opencl", "hwmap.derive_device"],
        depths: [10],
        write: ({ format }) => [
          filter("hwmap", { derive_device: "opencl" }),
          filter("tonemap_opencl", { tonemap: "hable", desat: 0, ...bt709, range: "tv", format }),
          filter("hwmap", { derive_device: "vaapi", reverse: 1 }),
        ],
      },
    ],
    overlay: [
      {
        name: "overlay_vaapi",
        needs: ["overlay_vaapi"],
        depths: [8],
        write: () => [filter("overlay_vaapi", { x: 0, y: 0 })],
      },
    ],
  },
  encoders,
};
