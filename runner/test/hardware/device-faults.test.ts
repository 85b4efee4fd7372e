import { describe, expect, it } from "vitest";
import { type DeviceFaultKind, deviceFaultIn } from "../../src/hardware/device-faults.ts";
import { endings, endingsOf } from "./device-ffmpeg/script.ts";

/** Words of ffmpeg and of drivers, as users reported them. */
const reported: readonly (readonly [DeviceFaultKind, string])[] = [
  ["no_session", endings.noSession.join("\n")],
  ["no_session", "[hevc_nvenc @ 0x1] OpenEncodeSessionEx failed: incompatible client key (21): (no details)"],
  [
    "no_session",
    "[hevc_videotoolbox @ 0x7fa5] Error: cannot create compression session: -12908\n[hevc_videotoolbox @ 0x7fa5] Try -allow_sw 1. The hardware encoder may be busy, or not supported.",
  ],
  ["out_of_memory", endings.outOfMemory.join("\n")],
  [
    "out_of_memory",
    "[AVHWFramesContext @ 0x1] cu->cuMemAlloc(&data, size) failed -> CUDA_ERROR_OUT_OF_MEMORY: out of memory",
  ],
  [
    "out_of_memory",
    "[h264_vaapi @ 0x1] Failed to create encode pipeline configuration: 2 (resource allocation failed).",
  ],
  ["gone", endings.lost.join("\n")],
  ["wrong", "h264_nvenc: what it makes does not show what it was given"],
  ["driver", endings.noDriver.join("\n")],
  ["driver", "[h264_cuvid @ 0x1] Cannot load libnvcuvid.so.1\n[h264_cuvid @ 0x1] Failed loading nvcuvid."],
  [
    "driver",
    "[h264_nvenc @ 0x1] Driver does not support the required nvenc API version. Required: 13.0 Found: 12.2\n[h264_nvenc @ 0x1] The minimum required Nvidia driver for nvenc is (unknown) or newer",
  ],
  [
    "driver",
    "[AVHWDeviceContext @ 0x55ca] Failed to initialise VAAPI connection: -1 (unknown libva error).\nDevice creation failed: -5.",
  ],
  ["driver", "[AVHWDeviceContext @ 0x1] No VA display found for device /dev/dri/renderD128."],
  ["driver", "[AVHWDeviceContext @ 0x55f6] Error creating a MFX session: -9.\nDevice creation failed: -1313558101."],
  ["driver", "[AVHWDeviceContext @ 0x1] Error initializing an MFX session: -3."],
  [
    "driver",
    "[AVHWDeviceContext @ 0x1] cu->cuInit(0) failed -> CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
  ],
  ["gone", "[AVHWDeviceContext @ 0x55f9] cu->cuInit(0) failed -> CUDA_ERROR_UNKNOWN: unknown error"],
  ["permission", "[AVHWDeviceContext @ 0x1] Failed to open /dev/dri/renderD128 as DRM device node: Permission denied."],
  [
    "unsupported",
    "[av1_nvenc @ 0x1] Codec not supported\n[av1_nvenc @ 0x1] Provided device doesn't support required NVENC features",
  ],
  [
    "unsupported",
    "[h264_nvenc @ 0x1] 10 bit encode not supported\n[h264_nvenc @ 0x1] Provided device doesn't support required NVENC features",
  ],
  [
    "unsupported",
    "[hevc_nvenc @ 0x1] InitializeEncoder failed: invalid param (8): Preset P1 to P7 not supported with older 2 Pass RC Modes",
  ],
  ["unsupported", "[h264_vaapi @ 0x1] No usable encoding profile found."],
  [
    "unsupported",
    "[h264_vaapi @ 0x1] Driver does not support any RC mode compatible with selected options (supported modes: CQP).",
  ],
  [
    "unsupported",
    "[h264_vaapi @ 0x1] Hardware does not support encoding at size 8192x4320 (constraints: width 32-4096 height 32-4096).",
  ],
  ["unsupported", "[av1_qsv @ 0x1] Current codec type is unsupported"],
  ["unsupported", "[h264 @ 0x1681] Failed setup for format cuda: hwaccel initialisation returned error."],
  ["unsupported", "[overlay_cuda @ 0x1] Unsupported main input format: p010le"],
  ...Object.values(endingsOf).flatMap((cases) => cases.map(({ kind, words }) => [kind, words.join("\n")] as const)),
  ["driver", "[h264_amf @ 0x1] DLL libamfrt64.so.1 failed to open"],
  ["unsupported", "[hevc_amf @ 0x1] CreateComponent(AMFVideoEncoder_HEVC) failed with error 30"],
  ["unsupported", "[h264_amf @ 0x1] 10-bit input video is not supported by AMF H264 encoder"],
  ["out_of_memory", "[h264_amf @ 0x1] SubmitInput() failed with error 6"],
  ["driver", "[AVHWDeviceContext @ 0x1] Instance creation failure: VK_ERROR_INCOMPATIBLE_DRIVER"],
  ["driver", "[Vulkan @ 0x1] Unable to find device with index 1!"],
  ["unsupported", "[h264_vulkan @ 0x1] Device does not support the VK_KHR_video_encode_queue extension!"],
  ["unsupported", "[h264_vulkan @ 0x1] Invalid quality level 2: allowed range is 0 to 1"],
  ["unsupported", "[av1_vulkan @ 0x1] Unsupported rate control mode vbr, supported are:"],
  ["transfer", "Error during hardware transfer: Input/output error"],
  ["transfer", "[h264_vaapi @ 0x1] Failed to sync surface 0x4: 23 (internal decoding error)"],
];

/** What is wrong with a source, or with the host, on whatever the work is done. */
const otherWords = [
  "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x1] moov atom not found",
  "/in/source: Invalid data found when processing input",
  "[h264 @ 0x1] error while decoding MB 12 40, bytestream -7",
  "[h264 @ 0x1] Invalid NAL unit size (1234 > 56).",
  "Error while decoding stream #0:0: Invalid data found when processing input",
  "[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] Error submitting packet to decoder: Invalid data found when processing input",
  "av_interleaved_write_frame(): No space left on device",
  "[libx264 @ 0x1] malloc of size 1234 failed",
  "Conversion failed!",
  "Picture size 100000x100000 is invalid",
  "Stream map '0:7' matches no streams.",
];

describe("deviceFaultIn", () => {
  it.each(reported)("knows %s: %s", (kind, words) => {
    const fault = deviceFaultIn(`Input #0, mov\n${words}\n`);
    expect(fault?.kind).toBe(kind);
    expect(fault?.reason).not.toMatch(/ @ 0x|^\[/);
    expect(fault?.fix.length).toBeGreaterThan(20);
  });

  it.each(otherWords)("finds nothing in %s", (words) => {
    expect(deviceFaultIn(words)).toBeNull();
  });
});
