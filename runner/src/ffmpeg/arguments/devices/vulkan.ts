import { h264Level, h265Level, type Load } from "../levels.ts";
import { type DeviceEncoder, type DeviceFamily, filter, type Intent, noFilters, type Option } from "./family.ts";
import { averageRate, ceiling, isChunk, keyFrameOptions, pinned, rateBelow } from "./intent-options.ts";
import { deinterlacing, padding, scaling, toneMapping, turning } from "./libplacebo.ts";

/** How hard the driver tries: it counts its own levels from 0, the fastest, and refuses what is beyond the last. */
const levels = { fast: "0", balanced: "1", thorough: "2" } as const;

/** Drivers with one level or two know no third. */
const variants = ["levels", "one-level"] as const;

function options(intent: Intent, variant: string): Option[] {
  return [
    ["-usage", "transcode"],
    ["-tune", "hq"],
    ["-quality", variant === "levels" ? levels[intent.speed] : "0"],
    ...rate(intent),
    // Where the driver has none, ffmpeg makes do without.
    ["-bf", "2"],
    ...pinned(intent),
    ...keyFrameOptions(intent),
    // Each I-frame is an IDR picture.
    ...(isChunk(intent) ? [["-idr_interval", "0"] as const] : []),
  ];
}

/** It knows a quantiser and bit rates, and no quality below a ceiling. */
function rate({ rate }: Intent): Option[] {
  switch (rate.kind) {
    case "quality":
      return [
        ["-rc_mode", "cqp"],
        ["-qp", String(rate.factor)],
      ];
    case "capped":
      return [["-rc_mode", "vbr"], rateBelow(rate.maxKbps), ...ceiling(rate.maxKbps)];
    case "bitrate":
      return [["-rc_mode", "vbr"], ...averageRate(rate.kbps)];
  }
}

/** Its levels have no zero behind the point. */
const bare = (level: (load: Load) => string | null) => (load: Load) => level(load)?.replace(".0", "") ?? null;

// The widest of what the cards behind it want.
const shared = { minimumSide: 160, variants, options } as const;
const encoders: readonly DeviceEncoder[] = [
  {
    ...shared,
    ...{ name: "h264_vulkan", codec: "h264", depths: [8], scale: [44, 12], level: bare(h264Level) },
    profile: () => "high",
  },
  {
    ...shared,
    ...{ name: "hevc_vulkan", codec: "h265", depths: [8, 10], scale: [44, 12], level: bare(h265Level) },
    profile: (depth) => (depth === 10 ? "main10" : "main"),
  },
  // AV1 counts its quantisers to 255.
  {
    ...shared,
    ...{ name: "av1_vulkan", codec: "av1", depths: [8, 10], scale: [220, 40], level: () => null },
    profile: () => "main",
  },
];

/** Every maker's cards by one way, for those that no way of their maker serves (docs/adr/0040). */
export const vulkan: DeviceFamily = {
  name: "vulkan",
  title: "Vulkan Video",
  open: ({ address }) => ["-init_hw_device", `vulkan=dev:${address}`, "-filter_hw_device", "dev"],
  decode: ["-hwaccel", "vulkan", "-hwaccel_device", "dev", "-hwaccel_output_format", "vulkan"],
  decoded: { 8: "nv12", 10: "p010le" },
  worked: { 8: "nv12", 10: "p010le" },
  converts: true,
  upload: [filter("hwupload")],
  mark: [],
  // scale_vulkan knows bilinear alone, with which what is made much smaller flickers; overlay_vulkan knows no alpha; and of
  // pictures in several planes Mesa's driver for plain cores (22.3) was seen to get the last plane alone from any such filter.
  filters: {
    ...noFilters,
    scale: [
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect", "libplacebo.disable_linear"],
        depths: [8, 10],
        write: ({ size, format, untold }) => scaling(size, format, untold),
      },
    ],
    pad: [
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect", "libplacebo.pos_w", "libplacebo.fillcolor"],
        depths: [8, 10],
        write: ({ size, untold }) => padding(size, untold),
      },
    ],
    turn: [
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect", "libplacebo.rotate"],
        depths: [8, 10],
        write: ({ turn, untold }) => turning(turn, untold),
      },
    ],
    deinterlace: [
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect", "libplacebo.deinterlace"],
        depths: [8, 10],
        write: () => [deinterlacing],
      },
    ],
    toneMap: [
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect"],
        depths: [10],
        write: ({ format }) => [toneMapping(format)],
      },
    ],
  },
  encoders,
};
