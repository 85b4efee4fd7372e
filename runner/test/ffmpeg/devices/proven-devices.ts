import { type FamilyName, type ProvenDevice, ProvenFormat } from "../../../src/ffmpeg/arguments/devices/device.ts";
import { families } from "../../../src/ffmpeg/arguments/devices/families.ts";

const all = [...ProvenFormat.options];
const eightBits = all.filter((format) => format.startsWith("8-"));

/** A card that was seen to do all that its family knows, but for AV1. */
export const nvidiaCard: ProvenDevice = {
  ...{ id: "nvidia-0", family: "nvidia", address: "0", name: "NVIDIA L4", driver: "nvidia 550.54.15" },
  encoders: [
    { name: "h264_nvenc", variant: "b-references", formats: eightBits, hdr10: false },
    { name: "hevc_nvenc", variant: "b-references", formats: all, hdr10: true },
  ],
  decoders: [
    { codec: "h264", formats: eightBits },
    { codec: "hevc", formats: all },
  ],
  filters: {
    ...{ scale: "scale_cuda", pad: "pad_cuda", turn: "transpose_cuda", deinterlace: "bwdif_cuda" },
    ...{ toneMap: "libplacebo", overlay: "overlay_cuda" },
  },
  sessions: null,
};

export function intelDevice(family: "qsv" | "vaapi"): ProvenDevice {
  return complete(family, "/dev/dri/renderD128");
}

/** A device of any family that does the first of everything. */
export function complete(family: FamilyName, address: string): ProvenDevice {
  const { encoders, filters, decode } = families[family];
  const first = Object.entries(filters).flatMap(([name, recipes]) => (recipes[0] ? [[name, recipes[0].name]] : []));
  return {
    ...{ id: `${family}-test`, family, address, name: "Test", driver: "test" },
    encoders: encoders.map(({ name, variants, depths }) => ({
      ...{ name, variant: variants[0] ?? "", hdr10: true },
      formats: depths.includes(10) ? all : eightBits,
    })),
    decoders: decode === null ? [] : ["h264", "hevc", "av1", "vp9"].map((codec) => ({ codec, formats: all })),
    filters: Object.fromEntries(first),
    sessions: null,
  };
}
