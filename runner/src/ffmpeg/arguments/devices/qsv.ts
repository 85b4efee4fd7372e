import { h264Level, h265Level, type Load } from "../levels.ts";
import { type DeviceEncoder, type DeviceFamily, filter, type Intent, type Option } from "./family.ts";
import { averageRate, ceiling, isChunk, keyFrameOptions, pinned, rateBelow } from "./intent-options.ts";

/** How hard QSV tries; a look-ahead is what H.264's encoder alone has, and only where no ceiling is kept. */
const speeds = {
  fast: { preset: "veryfast", lookAhead: false },
  balanced: { preset: "medium", lookAhead: false },
  thorough: { preset: "veryslow", lookAhead: true },
} as const;

/** Which constant quality there is, and by which of its units, depends on the generation. */
const variants = ["icq", "icq-low-power", "cqp", "cqp-low-power"] as const;

function options(intent: Intent, variant: string): Option[] {
  const { preset, lookAhead } = speeds[intent.speed];
  const looksAhead = lookAhead && variant === "icq" && intent.rate.kind === "quality";
  return [
    ["-preset", preset],
    ...rate(intent, variant.startsWith("icq")),
    ...(looksAhead ? ([["-look_ahead", "1"] as const, ["-look_ahead_depth", "16"] as const] as const) : []),
    ...(variant.endsWith("low-power") ? [["-low_power", "1"] as const] : []),
    ["-bf", "3"],
    ...pinned(intent),
    ...keyFrameOptions(intent),
    ["-forced_idr", "1"],
    ...(isChunk(intent) ? own : []),
  ];
}

/** Nothing of its own choice: neither key frames nor the tier. */
const own: readonly Option[] = [
  ["-idr_interval", "0"],
  ["-adaptive_i", "0"],
  ["-adaptive_b", "0"],
  ["-tier", "main"],
];

function rate({ rate }: Intent, hasIcq: boolean): Option[] {
  switch (rate.kind) {
    case "quality":
      return [[hasIcq ? "-global_quality" : "-q:v", String(rate.factor)]];
    // With a quality and a ceiling above the average QSV takes QVBR.
    case "capped":
      return hasIcq
        ? [["-global_quality", String(rate.factor)], rateBelow(rate.maxKbps), ...ceiling(rate.maxKbps)]
        : [rateBelow(rate.maxKbps), ...ceiling(rate.maxKbps)];
    case "bitrate":
      return averageRate(rate.kbps);
  }
}

/** Its levels are ten times the usual number. */
const tens = (level: (load: Load) => string | null) => (load: Load) => level(load)?.replace(".", "") ?? null;

const shared = { minimumSide: 128, variants, options } as const;
const encoders: readonly DeviceEncoder[] = [
  {
    ...shared,
    ...{ name: "h264_qsv", codec: "h264", depths: [8], scale: [44, 12], level: tens(h264Level) },
    profile: () => "high",
  },
  {
    ...shared,
    ...{ name: "hevc_qsv", codec: "h265", depths: [8, 10], scale: [44, 12], level: tens(h265Level) },
    profile: (depth) => (depth === 10 ? "main10" : "main"),
  },
  {
    ...shared,
    ...{ name: "av1_qsv", codec: "av1", depths: [8, 10], scale: [48, 14], level: () => null },
    profile: () => "main",
  },
  {
    ...shared,
    ...{ name: "vp9_qsv", codec: "vp9", depths: [8, 10], scale: [220, 40], level: () => null },
    profile: (depth) => (depth === 10 ? "profile2" : "profile0"),
  },
];

const turns = { 90: "clock", 180: "reversal", 270: "cclock" } as const;

export const qsv: DeviceFamily = {
  name: "qsv",
  title: "Intel Quick Sync (QSV)",
  open: ({ address }) => ["-init_hw_device", `qsv=dev:hw,child_device=${address}`, "-filter_hw_device", "dev"],
  // What the encoder holds of pictures that nothing scales: its look-ahead, B-frames, and four at work.
  decode: [
    ...["-hwaccel", "qsv", "-hwaccel_device", "dev", "-hwaccel_output_format", "qsv"],
    ...["-extra_hw_frames", "24"],
  ],
  decoded: { 8: "nv12", 10: "p010le" },
  worked: { 8: "nv12", 10: "p010le" },
  converts: true,
  // Its pools don't grow.
  upload: [filter("hwupload", { extra_hw_frames: 64 })],
  mark: [filter("format", { pix_fmts: "bgra" })],
  filters: {
    scale: [
      {
        name: "vpp_qsv",
        needs: ["vpp_qsv"],
        depths: [8, 10],
        write: ({ size: { width, height }, format }) => [
          filter("vpp_qsv", { w: width, h: height, scale_mode: 2, format, out_range: "tv" }),
        ],
      },
    ],
    pad: [],
    turn: [
      {
        name: "vpp_qsv",
        needs: ["vpp_qsv.transpose"],
        depths: [8, 10],
        write: ({ turn }) => [filter("vpp_qsv", { transpose: turns[turn] })],
      },
    ],
    deinterlace: [
      {
        name: "vpp_qsv",
        needs: ["vpp_qsv.deinterlace"],
        depths: [8, 10],
        write: () => [filter("vpp_qsv", { deinterlace: "advanced" })],
      },
    ],
    toneMap: [
      {
        name: "vpp_qsv",
        needs: ["vpp_qsv.tonemap"],
        depths: [10],
        write: ({ format }) => [
          filter("vpp_qsv", {
            ...{ tonemap: 1, format, out_range: "tv", out_color_matrix: "bt709" },
            ...{ out_color_primaries: "bt709", out_color_transfer: "bt709" },
          }),
        ],
      },
    ],
    overlay: [
      {
        name: "overlay_qsv",
        needs: ["overlay_qsv"],
        depths: [8],
        write: () => [filter("overlay_qsv", { x: 0, y: 0 })],
      },
    ],
  },
  encoders,
};
