import { h264Level, h265Level } from "../levels.ts";
import { type DeviceEncoder, type DeviceFamily, type Intent, noFilters, type Option } from "./family.ts";
import { averageRate, ceiling, isChunk, keyFrameOptions, pinned, rateBelow } from "./intent-options.ts";

/** How hard AMD's own driver tries. */
const speeds = { fast: "speed", balanced: "balanced", thorough: "quality" } as const;

/** Constant quality with a bit rate beside it came with VCN 2; before, there are fixed quantisers. */
const variants = ["qvbr", "cqp"] as const;

function options(intent: Intent, variant: string): Option[] {
  return [
    ["-usage", "transcoding"],
    ["-quality", speeds[intent.speed]],
    ...rate(intent, variant === "qvbr"),
    ...pinned(intent),
    ...keyFrameOptions(intent),
    ["-forced_idr", "1"],
    ...(isChunk(intent) ? [["-bf", "0"] as const] : []),
  ];
}

function rate({ rate }: Intent, hasQvbr: boolean): Option[] {
  switch (rate.kind) {
    case "quality":
      return hasQvbr
        ? [
            ["-rc", "qvbr"],
            ["-qvbr_quality_level", String(rate.factor)],
          ]
        : [["-rc", "cqp"], ...(["-qp_i", "-qp_p", "-qp_b"] as const).map((qp) => [qp, String(rate.factor)] as const)];
    case "capped":
      return [["-rc", "vbr_peak"], rateBelow(rate.maxKbps), ...ceiling(rate.maxKbps)];
    case "bitrate":
      return [["-rc", "vbr_peak"], ...averageRate(rate.kbps)];
  }
}

const shared = { minimumSide: 128, scale: [44, 14], variants, options } as const;
const encoders: readonly DeviceEncoder[] = [
  { ...shared, ...{ name: "h264_amf", codec: "h264", depths: [8], level: h264Level }, profile: () => "high" },
  {
    ...shared,
    ...{ name: "hevc_amf", codec: "h265", depths: [8, 10], level: h265Level },
    profile: (depth) => (depth === 10 ? "main10" : "main"),
  },
  { ...shared, ...{ name: "av1_amf", codec: "av1", depths: [8, 10], level: () => null }, profile: () => "main" },
];

/** AMD's own driver encodes; everything before that is done in memory: VAAPI reaches the rest of the same card. */
export const amf: DeviceFamily = {
  name: "amf",
  title: "AMD AMF",
  open: () => [],
  decode: null,
  decoded: { 8: "nv12", 10: "p010le" },
  worked: { 8: "nv12", 10: "p010le" },
  converts: false,
  upload: [],
  mark: [],
  filters: noFilters,
  encoders,
};
