import type { ProvenDevice, ProvenEncoder } from "./arguments/devices/device.ts";
import type { DeviceEncoder, DeviceFamily } from "./arguments/devices/family.ts";
import type { VideoEncoder } from "./arguments/encoders.ts";

/** An encoder on a device of this host, asked as its proof showed. */
export interface DeviceChoice {
  readonly device: ProvenDevice;
  readonly family: DeviceFamily;
  readonly encoder: DeviceEncoder;
  readonly proven: ProvenEncoder;
}

/** By what a picture is encoded: in software, or on a device. */
export type EncoderChoice = { readonly device: null; readonly encoder: VideoEncoder } | DeviceChoice;
