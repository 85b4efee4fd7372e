import { amf } from "./amf.ts";
import type { FamilyName } from "./device.ts";
import type { DeviceEncoder, DeviceFamily } from "./family.ts";
import { nvidia } from "./nvidia.ts";
import { qsv } from "./qsv.ts";
import { vaapi } from "./vaapi.ts";
import { videotoolbox } from "./videotoolbox.ts";
import { vulkan } from "./vulkan.ts";

/** Every way to work on a device. */
export const families: Readonly<Record<FamilyName, DeviceFamily>> = {
  ...{ nvidia, qsv, vaapi, videotoolbox, amf, vulkan },
};

/** Every encoder on a device, best family first, with its family. */
const deviceEncoders: readonly { readonly family: DeviceFamily; readonly encoder: DeviceEncoder }[] = Object.values(
  families,
).flatMap((family) => family.encoders.map((encoder) => ({ family, encoder })));

/** The encoder of this name; undefined for software. */
export function deviceEncoder(name: string): { family: DeviceFamily; encoder: DeviceEncoder } | undefined {
  return deviceEncoders.find(({ encoder }) => encoder.name === name);
}
