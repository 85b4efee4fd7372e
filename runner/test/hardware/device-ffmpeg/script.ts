import { z } from "zod";
import type { FamilyName } from "../../../src/ffmpeg/arguments/devices/device.ts";
import type { DeviceFaultKind } from "../../../src/hardware/device-faults.ts";

/** How the card behaves. */
export const DeviceScript = z.object({
  /** Whatever asks for the card waits until this file is there. */
  waitsFor: z.string().optional(),
  /** The first whose `when` is part of enough words of the command line is what happens. Else the card works. */
  failures: z.array(
    z.object({
      when: z.string(),
      /** How many words; one unless told otherwise. */
      times: z.number().optional(),
      /** The card's number, where a host has several; on each of them unless told otherwise. */
      card: z.string().optional(),
      /** What ffmpeg prints, as reports of users have it. */
      words: z.array(z.string()),
      /** Makes so many frames first. */
      afterFrames: z.number().optional(),
    }),
  ),
  /** What becomes of all pictures that are encoded on the card, or in software, while all ends well: a filter. */
  wrong: z.object({ card: z.string().optional(), software: z.string().optional() }).optional(),
});
export type DeviceScript = z.infer<typeof DeviceScript>;

/** Pictures as broken drivers and memory make them: those of a surface that nobody wrote to, and what else was reported. */
export const wrongPictures = {
  green: "lutyuv=y=0:u=0:v=0",
  mirrored: "hflip",
  swappedColours: "swapuv",
  shifted: "scroll=hpos=0.5",
} as const;

/** Real endings. */
export const endings = {
  noSession: [
    "[h264_nvenc @ 0x55f45f5f5cc0] OpenEncodeSessionEx failed: out of memory (10): (no details)",
    "[h264_nvenc @ 0x55f45f5f5cc0] No capable devices found",
    "Error initializing output stream 0:0 -- Error while opening encoder for output stream #0:0 - maybe incorrect parameters such as bit_rate, rate, width or height",
    "Conversion failed!",
  ],
  outOfMemory: [
    "[h264 @ 0x5581c0] decoder->cvdl->cuvidCreateDecoder(&decoder->decoder, params) failed -> CUDA_ERROR_OUT_OF_MEMORY: out of memory",
    "[h264 @ 0x5581c0] Failed setup for format cuda: hwaccel initialisation returned error.",
  ],
  lost: [
    "[h264_nvenc @ 0x5581c0] EncodePicture failed!: device not found (4)",
    "[hwdownload @ 0x5581c1] cu->cuMemcpy2DAsync(&cpy, hwctx->stream) failed -> CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure",
    "Conversion failed!",
  ],
  noDriver: [
    "[AVHWDeviceContext @ 0x5599facb8080] Cannot load libcuda.so.1",
    "[AVHWDeviceContext @ 0x5599facb8080] Could not dynamically load CUDA",
    "Device creation failed: -1.",
    "Failed to set value 'cuda=dev:0' for option 'init_hw_device': Operation not permitted",
  ],
} as const;

/** How one device of another maker ends. */
export interface Ending {
  readonly name: string;
  readonly kind: DeviceFaultKind;
  readonly words: readonly string[];
  /** So many frames are made before. */
  readonly afterFrames?: number;
}

/** The same of other makers' drivers, as reports of users and ffmpeg's own source have them. */
export const endingsOf: Readonly<Record<Exclude<FamilyName, "nvidia">, readonly Ending[]>> = {
  vaapi: [
    {
      ...{ name: "no driver", kind: "driver" },
      words: [
        "libva info: va_openDriver() returns -1",
        "[AVHWDeviceContext @ 0x55ca] Failed to initialise VAAPI connection: -1 (unknown libva error).",
        "Device creation failed: -5.",
      ],
    },
    {
      ...{ name: "an encode that the driver breaks off", kind: "transfer", afterFrames: 10 },
      words: [
        "[h264_vaapi @ 0x3a66cc0] Failed to end picture encode issue: 24 (internal encoding error).",
        "[h264_vaapi @ 0x3a66cc0] Encode failed: -5.",
        "Video encoding failed",
      ],
    },
    {
      ...{ name: "a size that it does not take", kind: "unsupported" },
      words: [
        "[h264_vaapi @ 0x1] Hardware does not support encoding at size 320x180 (constraints: width 384-4096 height 384-4096).",
      ],
    },
  ],
  qsv: [
    {
      ...{ name: "a hang", kind: "gone", afterFrames: 10 },
      words: [
        "[h264_qsv @ 0x55d283223f80] Error during encoding: GPU Hang (-21)",
        "[vost#0:0/h264_qsv @ 0x55d283223ac0] Error submitting video frame to the encoder",
        "Conversion failed!",
      ],
    },
    {
      ...{ name: "a device that fails", kind: "gone", afterFrames: 10 },
      words: [
        "[h264_qsv @ 0x55d283223f80] Error during encoding: device failed (-17)",
        "[vost#0:0/h264_qsv @ 0x55d283223ac0] Error submitting video frame to the encoder",
      ],
    },
    {
      ...{ name: "no session of Intel's library", kind: "driver" },
      words: ["[AVHWDeviceContext @ 0x55f6] Error creating a MFX session: -9.", "Device creation failed: -1313558101."],
    },
    {
      ...{ name: "a size that changes in the middle", kind: "unsupported", afterFrames: 10 },
      words: ["[h264_qsv @ 0x55d2] Error during encoding: invalid video parameters (-15)", "Conversion failed!"],
    },
  ],
  amf: [
    {
      ...{ name: "no library", kind: "driver" },
      words: ["[h264_amf @ 0x1c68] DLL libamfrt64.so.1 failed to open", "Error while opening encoder"],
    },
    {
      ...{ name: "an encoder that does not begin", kind: "unsupported" },
      words: ["[h264_amf @ 0x28c018] encoder->Init() failed with error 5"],
    },
    {
      ...{ name: "pictures that it does not take", kind: "unsupported", afterFrames: 10 },
      words: ["[h264_amf @ 0x28c018] SubmitInput() failed with error 31", "Video encoding failed"],
    },
    {
      ...{ name: "a device that is gone", kind: "gone", afterFrames: 10 },
      words: ["[h264_amf @ 0x28c018] SubmitInput() failed with error 17", "Video encoding failed"],
    },
  ],
  videotoolbox: [
    {
      ...{ name: "an encoder that is busy", kind: "no_session" },
      words: [
        "[h264_videotoolbox @ 0x7fa5] Error: cannot create compression session: -12915",
        "[h264_videotoolbox @ 0x7fa5] Try -allow_sw 1. The hardware encoder may be busy, or not supported.",
      ],
    },
    {
      ...{ name: "an encoder that refuses its settings", kind: "unsupported" },
      words: ["[h264_videotoolbox @ 0x7fa5] Error: cannot prepare encoder: -12902"],
    },
    {
      ...{ name: "an encoder that breaks down", kind: "transfer", afterFrames: 10 },
      words: ["[h264_videotoolbox @ 0x7fa5] Error encoding frame: -12912", "Conversion failed!"],
    },
  ],
  vulkan: [
    {
      ...{ name: "a lost device", kind: "gone", afterFrames: 10 },
      words: ["[h264_vulkan @ 0x29680] Unable to submit command buffer: VK_ERROR_DEVICE_LOST", "Conversion failed!"],
    },
    {
      ...{ name: "no memory", kind: "out_of_memory" },
      words: ["[Vulkan @ 0x5592] Failed to allocate memory: VK_ERROR_OUT_OF_DEVICE_MEMORY"],
    },
    {
      ...{ name: "a driver that writes what nobody reads", kind: "driver" },
      words: [
        "[h264_vulkan @ 0x29680] Failed to read unit 0 (type 7): Invalid data found when processing input.",
        "[h264_vulkan @ 0x29680] Unable to parse feedback units, bad drivers: Invalid data found when processing input",
      ],
    },
    {
      ...{ name: "a size that it does not take", kind: "unsupported" },
      words: ["[h264_vulkan @ 0x29680] Input of 320x180 too large for encoder limits: 128x128 max"],
    },
  ],
};

/** A card of its time: H.264 in full HD, and little else. It spares a test the work of proving more. */
export const modestCard: DeviceScript = {
  failures: [
    ...[
      "hevc-8-small",
      "hevc-10-small",
      "av1-8-small",
      "av1-10-small",
      "vp9-8-small",
      "vp9-10-small",
      "h264-10-small",
    ].map((when) => ({
      when,
      words: ["[h264 @ 0x5581c0] Failed setup for format cuda: hwaccel initialisation returned error."],
    })),
    {
      when: "hevc_nvenc",
      words: ["[hevc_nvenc @ 0x5581c0] Provided device doesn't support required NVENC features"],
    },
    {
      when: "size=3840x2160",
      words: ["[h264_nvenc @ 0x5581c0] Width 3840 exceeds 2048", "[h264_nvenc @ 0x5581c0] No capable devices found"],
    },
  ],
};
