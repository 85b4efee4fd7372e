import { h264Level, h265Level } from "../levels.ts";
import { type DeviceEncoder, type DeviceFamily, filter, type Intent, type Option } from "./family.ts";
import { averageRate, ceiling, isChunk, keyFrameOptions, pinned } from "./intent-options.ts";
import { toneMapping } from "./libplacebo.ts";

/** How hard NVENC tries. */
const speeds = {
  fast: { preset: "p2", lookAhead: 0, multipass: "disabled" },
  balanced: { preset: "p4", lookAhead: 16, multipass: "disabled" },
  thorough: { preset: "p7", lookAhead: 32, multipass: "fullres" },
} as const;

/**
 * What older generations refuse: B-frames that are references (before Turing), then B-frames at all, adaptive quantisation
 * in time and look-ahead (HEVC before Turing).
 */
const variants = ["b-references", "b-frames", "plain"] as const;

function options(intent: Intent, variant: string): Option[] {
  const { preset, lookAhead, multipass } = speeds[intent.speed];
  const isPlain = variant === "plain";
  return [
    ["-preset", preset],
    ["-tune", "hq"],
    ["-rc", "vbr"],
    ...rate(intent),
    ["-multipass", multipass],
    ...(lookAhead === 0 || isPlain ? [] : [["-rc-lookahead", String(lookAhead)] as const]),
    ["-spatial-aq", "1"],
    ...(isPlain ? [] : [["-temporal-aq", "1"] as const]),
    ["-bf", isPlain ? "0" : "3"],
    ...(variant === "b-references" ? [["-b_ref_mode", "middle"] as const] : []),
    ...pinned(intent),
    ...keyFrameOptions(intent),
    // Key frames are IDR pictures, so that nothing refers across them; a look-ahead adds none of its own.
    ["-forced-idr", "1"],
    ...(isChunk(intent) ? ([["-no-scenecut", "1"] as const, ["-strict_gop", "1"] as const] as const) : []),
  ];
}

function rate({ rate }: Intent): Option[] {
  switch (rate.kind) {
    case "quality":
      return [
        ["-cq", String(rate.factor)],
        ["-b:v", "0"],
      ];
    case "capped":
      return [["-cq", String(rate.factor)], ["-b:v", "0"], ...ceiling(rate.maxKbps)];
    case "bitrate":
      return averageRate(rate.kbps);
  }
}

const shared = { minimumSide: 160, variants, options } as const;
const encoders: readonly DeviceEncoder[] = [
  {
    ...shared,
    ...{ name: "h264_nvenc", codec: "h264", depths: [8], scale: [46, 12], level: h264Level },
    profile: () => "high",
  },
  {
    ...shared,
    ...{ name: "hevc_nvenc", codec: "h265", depths: [8, 10], scale: [46, 12], level: h265Level },
    profile: (depth) => (depth === 10 ? "main10" : "main"),
  },
  // Its scale ends at 63 in newer ffmpegs and at 51 in older ones.
  {
    ...shared,
    ...{ name: "av1_nvenc", codec: "av1", depths: [8, 10], scale: [51, 16], level: () => null },
    profile: () => null,
  },
];

const toVulkan = filter("hwupload", { derive_device: "vulkan" });
const toCuda = filter("hwupload", { derive_device: "cuda" });

const turns = { 90: "clock", 180: "reversal", 270: "cclock" } as const;

export const nvidia: DeviceFamily = {
  name: "nvidia",
  title: "NVIDIA (NVDEC, CUDA, NVENC)",
  open: ({ address }) => ["-init_hw_device", `cuda=dev:${address}`, "-filter_hw_device", "dev"],
  // A few, for filters that hold some: NVDEC takes 32 surfaces at most, and a source's own references are among them.
  decode: [
    ...["-hwaccel", "cuda", "-hwaccel_device", "dev", "-hwaccel_output_format", "cuda"],
    ...["-extra_hw_frames", "4"],
  ],
  decoded: { 8: "nv12", 10: "p010le" },
  // Only in this format does overlay_cuda know alpha.
  worked: { 8: "yuv420p", 10: "p010le" },
  converts: true,
  upload: [filter("hwupload")],
  mark: [filter("format", { pix_fmts: "yuva420p" })],
  filters: {
    scale: [
      {
        name: "scale_cuda",
        needs: ["scale_cuda"],
        depths: [8, 10],
        // Always a copy: what an encoder looks ahead at would be the decoder's own surfaces.
        write: ({ size: { width, height }, format }) => [
          filter("scale_cuda", { w: width, h: height, interp_algo: "bicubic", format, passthrough: 0 }),
        ],
      },
    ],
    pad: [
      {
        name: "pad_cuda",
        needs: ["pad_cuda"],
        depths: [8, 10],
        write: ({ size: { width, height } }) => [
          filter("pad_cuda", { w: width, h: height, x: "(ow-iw)/2", y: "(oh-ih)/2", color: "black" }),
        ],
      },
    ],
    turn: [
      {
        name: "transpose_cuda",
        needs: ["transpose_cuda"],
        depths: [8, 10],
        write: ({ turn }) => [filter("transpose_cuda", { dir: turns[turn] })],
      },
    ],
    deinterlace: ["bwdif_cuda", "yadif_cuda"].map((name) => ({
      name,
      needs: [name],
      depths: [8, 10] as const,
      write: () => [filter(name, { mode: "send_frame", deint: "interlaced" })],
    })),
    toneMap: [
      {
        name: "libplacebo",
        needs: ["libplacebo.peak_detect", "hwupload.derive_device"],
        depths: [10],
        // In Vulkan, which shares memory with CUDA: the pictures never leave the card.
        write: ({ format }) => [toVulkan, toneMapping(format), toCuda],
      },
    ],
    overlay: [
      {
        name: "overlay_cuda",
        needs: ["overlay_cuda"],
        depths: [8],
        write: () => [filter("overlay_cuda", { x: 0, y: 0 })],
      },
    ],
  },
  encoders,
};
