import { readHardware } from "./hardware-need.ts";

const codecs: Readonly<Record<string, string>> = { h264: "H.264", h265: "H.265", av1: "AV1", vp9: "VP9" };
const colors = { "8bit": "", "10bit": " with 10 bits", hdr10: " with HDR10's metadata" } as const;

/** What a runner lacks, for people: for a device "a device that encodes H.265 in 4K with 10 bits, 3 pictures at once", else the capability itself. */
export function needInWords(need: string): string {
  const work = readHardware(need);
  if (work === null) return need;
  const { codec, size, color, maker, atOnce } = work;
  const pictures = `${codecs[codec] ?? codec}${size === "4k" ? " in 4K" : ""}${colors[color]}`;
  const kind = maker === null ? "" : ", of the kind that its stream was planned for";
  return `a device that encodes ${pictures}${atOnce > 1 ? `, ${atOnce} pictures at once` : ""}${kind}`;
}
