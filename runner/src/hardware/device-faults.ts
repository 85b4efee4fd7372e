import type { ProofRun } from "./run-proof.ts";
import { showsOthers } from "./test-pictures.ts";

/** What kind of trouble a device is in. */
export type DeviceFaultKind =
  | "no_session"
  | "out_of_memory"
  | "driver"
  | "permission"
  | "gone"
  | "unsupported"
  | "transfer"
  | "wrong";

export interface DeviceFault {
  readonly kind: DeviceFaultKind;
  /** ffmpeg's own line. */
  readonly reason: string;
  readonly fix: string;
}

const fixes: Readonly<Record<DeviceFaultKind, string>> = {
  no_session:
    "All encoder sessions are taken: end what else encodes on the card, or set DEVICE_SESSIONS lower. Consumer cards allow few.",
  out_of_memory: "The device's memory is full: lower CONCURRENCY, or free it of other programs.",
  driver:
    "The driver or its library is missing or too old for this ffmpeg: install or update it; in a container use the vendor's runtime (nvidia-container-toolkit) or the image's `vaapi` variant.",
  permission:
    "The runner may not open the device: pass it to the container, and add its group (render, video) to the user.",
  gone: "The device does not answer: look into the kernel's log (dmesg), and reset it or restart the host.",
  unsupported: "This generation can't do it; other encoders, formats or software are used instead.",
  wrong:
    "It encodes without complaint, and what it makes does not show what it was given: update its driver or use another ffmpeg (FFMPEG_PATH); where that does not help, look into its memory and its cooling.",
  transfer: "Pictures could not be moved to or from the device: its memory may be full, or its driver broken.",
};

/**
 * How ffmpeg and drivers word what goes wrong with a device, as users' reports have it. First match wins: the surest and
 * most exact come first. Only "unsupported" can be the source's doing, and that never speaks against the device.
 */
const wordings: readonly (readonly [DeviceFaultKind, RegExp])[] = [
  // NVENC says "out of memory (10)" when its sessions are used up, which is the usual cause.
  ["no_session", /OpenEncodeSessionEx failed: (?:out of memory|incompatible client key)/],
  ["no_session", /The hardware encoder may be busy|cannot create compression session: -129(?:03|08|15)/i],
  [
    "gone",
    /CUDA_ERROR_(?:ECC_UNCORRECTABLE|LAUNCH_FAILED|ILLEGAL_ADDRESS|DEVICE_UNAVAILABLE|SYSTEM_NOT_READY|UNKNOWN)/,
  ],
  ["gone", /(?:Submit|Query)(?:Input|Output)\(\) failed with error 17\b/],
  [
    "gone",
    /fallen off the bus|GPU is lost|device (?:was )?(?:lost|hung)|VK_ERROR_DEVICE_LOST|MFX_ERR_DEVICE_(?:LOST|FAILED)|device failed \(-1[67]\)|GPU hang/i,
  ],
  [
    "out_of_memory",
    /CUDA_ERROR_OUT_OF_MEMORY|VK_ERROR_OUT_OF_(?:DEVICE|HOST)_MEMORY|MFX_ERR_MEMORY_ALLOC|memory allocation failed \(-4\)/,
  ],
  // AMF tells by number alone: 6 is memory, 17 a device that is none, 10 and from 28 on what it can't do.
  [
    "out_of_memory",
    /(?:encoder->Init|CreateComponent|SubmitInput|QueryOutput|Convert)\([^)]*\) (?:failed with|returned) error 6\b/,
  ],
  [
    "out_of_memory",
    /\(resource allocation failed\)|No decoder surfaces left|CreateInputBuffer failed|Failed to (?:create|allocate) (?:hw|hardware) frames?/i,
  ],
  [
    "permission",
    /(?:renderD\d+|\/dev\/nvidia\S*).*Permission denied|Permission denied.*(?:renderD\d+|\/dev\/nvidia)|CUDA_ERROR_OPERATING_SYSTEM/,
  ],
  [
    "driver",
    /AMF failed to initialise on|AMF initialisation from .* is not supported|AMFQueryVersion failed|CreateContext1?\(\) failed with error|AMF via Vulkan is not supported/,
  ],
  [
    "driver",
    /Instance creation failure: VK_ERROR|VK_ERROR_INCOMPATIBLE_DRIVER|No devices found: VK_|Unable to find device with index|Unable to open the Vulkan library|Unable to parse feedback units, bad drivers/,
  ],
  [
    "driver",
    /Cannot load (?:libcuda|libnvcuvid|libnvidia-encode|nvcuda|libamfrt)|Could not dynamically load CUDA|DLL .*amfrt.* failed to open/i,
  ],
  [
    "driver",
    /Driver does not support the required nvenc API version|minimum required Nvidia driver|CUDA_ERROR_(?:NO_DEVICE|INVALID_DEVICE|SYSTEM_DRIVER_MISMATCH|COMPAT_NOT_SUPPORTED)|cuInit\(0\) failed/i,
  ],
  [
    "driver",
    /Failed to initialise VAAPI connection|No VA display found|Failed to open VA display|vaInitialize failed|va_openDriver\(\) (?:returns|failed)|unknown libva error/,
  ],
  [
    "driver",
    /Error (?:creating|initializing) an? (?:internal )?MFX session|Error during set display handle|MFX implementation|Failed to create a (?:QSV|VAAPI) device/,
  ],
  [
    "driver",
    /Failed to (?:set value|parse option).*init_hw_device|Device creation failed|No device available for (?:decoder|encoder|filter)|Device setup failed for (?:decoder|encoder)|Hardware device setup failed/i,
  ],
  [
    "unsupported",
    /No (?:NVENC )?capable devices found|Provided device doesn't support required NVENC features|InitializeEncoder failed|Codec not supported|(?:B frames as references|Max B-frames|Temporal AQ|RC lookahead|10 ?bit encode|Width|Height) .*(?:not supported|exceed)/i,
  ],
  [
    "unsupported",
    /No usable encoding (?:profile|entrypoint) found|Encoding (?:profile|entrypoint) not found|Driver does not support (?:any RC mode|\S+ RC mode|encoding|some wanted)|Hardware does not support encoding at size|requested (?:VA)?Profile is not supported|the requested RT Format is not supported/i,
  ],
  [
    "unsupported",
    /Current (?:codec type|profile|resolution|pixel format|picture structure|rate control method) is unsupported|Low power mode is unsupported|some encoding parameters are not supported|Selected ratecontrol mode is unsupported|Error initializing the (?:encoder|MFX video decoder)|unsupported \(-3\)|invalid video parameters \(-15\)/i,
  ],
  [
    "unsupported",
    /hwaccel initialisation returned error|Failed setup for format (?:cuda|vaapi|qsv|videotoolbox\w*|vulkan)|cuvid\w+ failed|No support for codec \S+ profile|Unsupported (?:main|overlay) input format/,
  ],
  ["wrong", new RegExp(showsOthers)],
  [
    "unsupported",
    /Device does not support (?:the \S+ extension|(?:en|de)coding )|Encoding of \S+ is not supported by this device|Unable to initialize encoding: .* not supported|Unsupported rate control mode|Invalid quality level \d|Pixel format \S+ of input frames not supported|too large for encoder limits|Driver does not support required encode feedback/,
  ],
  [
    "unsupported",
    /(?:CreateComponent\([^)]*\)|encoder->Init\(\)) failed with error|10-bit (?:input video|encoder) is not supported by AM[DF]|SubmitInput\(\) failed with error (?:10|2[89]|3[01])\b/,
  ],
  [
    "unsupported",
    /cannot prepare encoder: -\d+|Error setting (?:profile\/level|bitrate|constant quality) property: -\d+/i,
  ],
  ["unsupported", /Impossible to convert between the formats supported by the filter/],
  [
    "transfer",
    /Error during hardware transfer|Failed to (?:download|upload|transfer|map) (?:data|frame|surface)|Failed to sync surface|Failed to (?:end|begin) picture (?:encode|decode)? ?issue|Error (?:encoding|submitting) (?:a |the )?(?:frame|video frame)|Failed to (?:map|lock) input buffer|EncodePicture failed|(?:SubmitInput|QueryOutput|Drain)\(\) failed with error|QueryOutput failed: \d|Unable to (?:encode: \d|perform query: |submit command buffer: )|(?:cannot encode|Error encoding|Error flushing) frames?: -?\d|cuMemcpy\w* failed|cu\w+\(.*\) failed -> CUDA_ERROR/i,
  ],
];

/** What a device's log complains of; null where nothing in it speaks against the device. */
export function deviceFaultIn(log: string): DeviceFault | null {
  const lines = log.split("\n");
  for (const [kind, pattern] of wordings) {
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line !== undefined) return { kind, reason: reasonOf(line), fix: fixes[kind] };
  }
  return null;
}

/** What a device can't do it never can; of everything else somebody may be rid the next time. Words that nobody knows stay. */
const lasting: ReadonlySet<DeviceFaultKind> = new Set(["unsupported"]);

/** Whether a run on a device that failed may come to a good end another time: the device was busy, full, away or not allowed. */
export function mayPass({ passed, timedOut, log }: Pick<ProofRun, "passed" | "timedOut" | "log">): boolean {
  if (passed) return false;
  const fault = deviceFaultIn(log);
  return fault === null ? timedOut : !lasting.has(fault.kind);
}

function reasonOf(line: string): string {
  return line
    .replace(/^(\[[^\]]* @ 0x[0-9a-f]+\] )+/, "")
    .replace(/ @ 0x[0-9a-f]+/g, "")
    .trim()
    .slice(0, 200);
}
