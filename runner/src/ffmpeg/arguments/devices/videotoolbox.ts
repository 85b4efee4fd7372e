import { h264Level } from "../levels.ts";
import { type DeviceEncoder, type DeviceFamily, filter, type Intent, noFilters, type Option } from "./family.ts";
import { averageRate, ceiling, isChunk, keyFrameOptions, pinned, rateBelow } from "./intent-options.ts";

/** How hard the media engine tries: it knows one hint only. */
const speeds = { fast: "1", balanced: "0", thorough: "0" } as const;

/** Constant quality is Apple silicon's alone; Macs with Intel's or AMD's units take bit rates. */
const variants = ["quality", "bit-rate"] as const;

function options(intent: Intent, variant: string): Option[] {
  return [
    ["-realtime", "0"],
    ["-allow_sw", "0"],
    ["-prio_speed", speeds[intent.speed]],
    ...rate(intent, variant === "quality"),
    // B-frames before a key frame would refer across it, and nothing says that they don't.
    ["-bf", isChunk(intent) ? "0" : "2"],
    ...pinned(intent),
    ...keyFrameOptions(intent),
  ];
}

/** What a quality of 0 to 100 comes to where only bit rates are taken, kbit/s per percent of quality. */
const kbpsPerQuality = 120;

function rate({ rate }: Intent, hasQuality: boolean): Option[] {
  switch (rate.kind) {
    case "quality":
      return hasQuality ? [["-q:v", String(rate.factor)]] : averageRate(rate.factor * kbpsPerQuality);
    case "capped":
      return [rateBelow(rate.maxKbps), ...ceiling(rate.maxKbps)];
    case "bitrate":
      return averageRate(rate.kbps);
  }
}

const shared = { minimumSide: 128, scale: [30, 85], variants, options } as const;
const encoders: readonly DeviceEncoder[] = [
  {
    ...shared,
    ...{ name: "h264_videotoolbox", codec: "h264", depths: [8], level: h264Level },
    profile: () => "high",
  },
  {
    ...shared,
    ...{ name: "hevc_videotoolbox", codec: "h265", depths: [8, 10], level: () => null },
    profile: (depth) => (depth === 10 ? "main10" : "main"),
  },
];

const turns = { 90: "clock", 180: "reversal", 270: "cclock" } as const;

export const videotoolbox: DeviceFamily = {
  name: "videotoolbox",
  title: "Apple VideoToolbox",
  open: () => ["-init_hw_device", "videotoolbox=dev", "-filter_hw_device", "dev"],
  decode: ["-hwaccel", "videotoolbox", "-hwaccel_device", "dev", "-hwaccel_output_format", "videotoolbox_vld"],
  decoded: { 8: "nv12", 10: "p010le" },
  worked: { 8: "nv12", 10: "p010le" },
  converts: false,
  upload: [filter("hwupload")],
  mark: [],
  filters: {
    ...noFilters,
    scale: [
      {
        name: "scale_vt",
        needs: ["scale_vt"],
        depths: [8, 10],
        write: ({ size: { width, height } }) => [filter("scale_vt", { w: width, h: height })],
      },
    ],
    turn: [
      {
        name: "transpose_vt",
        needs: ["transpose_vt"],
        depths: [8, 10],
        write: ({ turn }) => [filter("transpose_vt", { dir: turns[turn] })],
      },
    ],
    deinterlace: [
      {
        name: "yadif_videotoolbox",
        needs: ["yadif_videotoolbox"],
        depths: [8],
        write: () => [filter("yadif_videotoolbox", { mode: "send_frame", deint: "interlaced" })],
      },
    ],
  },
  encoders,
};
