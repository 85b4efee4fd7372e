import { z } from "zod";
import { withoutControls } from "./text.ts";

const Share = z.number().min(0).max(1);
const Bytes = z.number().int().min(0);

/** How busy a device is, as far as its driver tells. */
export const DeviceLoad = z
  .strictObject({
    // As a driver prints it.
    name: z.string().max(80).transform(withoutControls),
    busy: Share.nullable(),
    encoder: Share.nullable(),
    decoder: Share.nullable(),
    memoryUsedBytes: Bytes.nullable(),
    memoryBytes: Bytes.nullable(),
    celsius: z.number().min(-100).max(300).nullable(),
  })
  .meta({ id: "DeviceLoad" });
export type DeviceLoad = z.infer<typeof DeviceLoad>;

/** How busy a host is: shares are of all that it has, over the last ten seconds. */
export const HostLoad = z
  .strictObject({
    cpu: Share,
    memoryUsedBytes: Bytes,
    memoryBytes: Bytes,
    speed: z.number().min(0).nullable().meta({
      description: "How fast its tasks go, all together, in multiples of real time; null where none says",
    }),
    devices: z.array(DeviceLoad).max(32),
  })
  .meta({ id: "HostLoad" });
export type HostLoad = z.infer<typeof HostLoad>;
