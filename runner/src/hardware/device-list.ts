import { z } from "zod";
import { FamilyName } from "../ffmpeg/arguments/devices/device.ts";

const Entry = z
  .string()
  .regex(
    /^[a-z]+(?::(?:\d{1,3}|\/dev\/dri\/renderD\d{1,4}))?$/,
    "must be `auto`, `none`, or a list such as nvidia:0,vaapi:/dev/dri/renderD128",
  )
  .transform((text) => {
    const [family = "", address = ""] = text.split(":");
    return { family, address };
  })
  .pipe(z.object({ family: FamilyName, address: z.string() }));

/** The setting DEVICES: which devices a runner uses. */
export const DeviceList = z
  .string()
  .default("auto")
  .transform((text) => (text === "auto" ? text : text === "none" ? [] : text.split(",").map((entry) => entry.trim())))
  .pipe(z.union([z.literal("auto"), z.array(Entry).max(32)]));
