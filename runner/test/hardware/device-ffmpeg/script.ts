import { z } from "zod";

/** How the card behaves. */
export const DeviceScript = z.object({
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
