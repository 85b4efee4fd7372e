import { sizeClassOf } from "@reelway/shared/contracts/hardware-need";
import { z } from "zod";

/** The ways that ffmpeg works on a device. One GPU can be reached by several: an Intel one by QSV, VAAPI and Vulkan. */
export const FamilyName = z.enum(["nvidia", "qsv", "vaapi", "videotoolbox", "amf", "vulkan"]);
export type FamilyName = z.infer<typeof FamilyName>;

/** A device as the host lists it. That it works is another matter. */
export const Device = z.object({
  /** Among this host's: `nvidia-0`, `vaapi-renderD128`. */
  id: z.string(),
  family: FamilyName,
  /** What ffmpeg opens it by: a number or a node; empty where there is only one. */
  address: z.string(),
  name: z.string(),
  /** Name or version of its driver, as far as the system says. */
  driver: z.string(),
  /** PCI's number of its model, such as `744c`: by that ways to one card know each other. Left out where nothing tells it. */
  model: z.string().optional(),
});
export type Device = z.infer<typeof Device>;

/** Depth and size that a proof went through: `small` is 640x360, `4k` is 3840x2160. */
export const ProvenFormat = z.enum(["8-small", "10-small", "8-4k", "10-4k"]);
export type ProvenFormat = z.infer<typeof ProvenFormat>;

export const FilterName = z.enum(["scale", "pad", "turn", "deinterlace", "toneMap", "overlay"]);
export type FilterName = z.infer<typeof FilterName>;

const ProvenEncoder = z.object({
  /** ffmpeg's name. */
  name: z.string(),
  /** The richest way of asking that this device took. */
  variant: z.string(),
  formats: z.array(ProvenFormat),
  /** Whether HDR10's metadata came through. */
  hdr10: z.boolean(),
});
export type ProvenEncoder = z.infer<typeof ProvenEncoder>;

const ProvenDecoder = z.object({ codec: z.string(), formats: z.array(ProvenFormat) });

/** A device with all that it did when it was tried. */
export const ProvenDevice = Device.extend({
  encoders: z.array(ProvenEncoder),
  decoders: z.array(ProvenDecoder),
  /** By what each step is done on it, by the recipe's name; without an entry it is done in memory. */
  filters: z.partialRecord(FilterName, z.string()),
  /** The most that it encodes at once, and with which devices it shares them; null where no end is known. */
  sessions: z.object({ most: z.int().min(1), pool: z.string() }).nullable(),
});
export type ProvenDevice = z.infer<typeof ProvenDevice>;

export type Depth = 8 | 10;

/** The proof that a picture needs; null beyond what is ever proved. */
export function neededProof(picture: { width: number; height: number }, depth: Depth): ProvenFormat | null {
  const size = sizeClassOf(picture);
  return size && `${depth}-${size}`;
}
