import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { VideoCodec, VideoSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { FfmpegTools } from "../tools.ts";

/** Colour tags of a result, in ffmpeg's names; null where nothing true can be said. */
export interface ColorTags {
  readonly primaries: string | null;
  readonly transfer: string | null;
  readonly matrix: string | null;
}

/** What happens to the colours of a picture. */
export interface ColorPlan {
  readonly pixelFormat: string;
  readonly tags: ColorTags | null;
  /** Filters that bring HDR down to BT.709, or none. */
  readonly toneMap: readonly string[];
  /** The matrix for sources that have none, because they are RGB. */
  readonly fromRgb: boolean;
}

const BT709: ColorTags = { primaries: "bt709", transfer: "bt709", matrix: "bt709" };
const BT601: ColorTags = { primaries: "smpte170m", transfer: "smpte170m", matrix: "smpte170m" };

/** Names that both ffprobe prints and `setparams` takes; others are left untold. */
const knownPrimaries = new Set([
  "bt709",
  "bt470m",
  "bt470bg",
  "smpte170m",
  "smpte240m",
  "bt2020",
  "smpte431",
  "smpte432",
]);
const knownTransfers = new Set([
  "bt709",
  "gamma22",
  "gamma28",
  "bt470m",
  "bt470bg",
  "smpte170m",
  "smpte240m",
  "iec61966-2-1",
  "bt2020-10",
  "bt2020-12",
  "smpte2084",
  "arib-std-b67",
]);
const knownMatrices = new Set(["bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc"]);

const toneMapped = new Set<VideoCodec>(["h264", "gif", "prores"]);

/** Decides range, depth and tags. Throws spec_unsupported where an HDR source can't be brought to SDR here. */
export function planColor(
  stream: VideoStream,
  spec: { readonly hdr?: VideoSpec["hdr"] },
  codec: VideoCodec,
  tools: FfmpegTools,
): ColorPlan {
  const wanted = spec.hdr ?? (toneMapped.has(codec) ? "sdr" : "keep");
  const toSdr = stream.hdr !== null && wanted === "sdr";
  const fromRgb = isRgb(stream.pixelFormat);
  const deep = (stream.bitDepth ?? 8) > 8 && !toSdr;
  const tags = codec === "gif" ? null : toSdr || fromRgb ? BT709 : sourceTags(stream);
  return {
    pixelFormat: pixelFormatOf(codec, deep),
    tags,
    toneMap: toSdr ? toneMapFilters(stream, tools) : [],
    fromRgb,
  };
}

function pixelFormatOf(codec: VideoCodec, deep: boolean): string {
  if (codec === "prores") return "yuv422p10le";
  if (codec === "gif") return "rgb24";
  return deep && codec !== "h264" ? "yuv420p10le" : "yuv420p";
}

function isRgb(pixelFormat: string | null): boolean {
  return pixelFormat !== null && /^(gbr|rgb|bgr|argb|abgr|rgba|bgra|0rgb|0bgr|x2rgb|pal8)/.test(pixelFormat);
}

/** An untagged picture is what players take it for by its size; say so, or a smaller rendition changes its colours. */
function sourceTags({ color, height }: VideoStream): ColorTags {
  const assumed = height <= 576 ? BT601 : BT709;
  const pick = (value: string | null, known: ReadonlySet<string>, otherwise: string | null) =>
    value === null ? otherwise : known.has(value) ? value : null;
  const untold = color.primaries === null && color.transfer === null && color.matrix === null;
  return {
    primaries: pick(color.primaries, knownPrimaries, untold ? assumed.primaries : null),
    transfer: pick(color.transfer, knownTransfers, untold ? assumed.transfer : null),
    matrix: pick(color.matrix, knownMatrices, untold ? assumed.matrix : null),
  };
}

/** Light is mapped in linear floats (hable), from the transfer that the base layer really has. */
export function toneMapFilters(stream: VideoStream, tools: FfmpegTools): string[] {
  const transfer = stream.color.transfer;
  if (transfer !== "smpte2084" && transfer !== "arib-std-b67")
    throw new ReelwayError("spec_unsupported", "this Dolby Vision source has no base layer that can be mapped to SDR");
  if (!tools.knows("filter", "zscale") || !tools.knows("filter", "tonemap"))
    throw new ReelwayError("spec_unsupported", "HDR to SDR needs an ffmpeg with zscale; this runner's has none");
  const range = stream.color.range === "pc" ? "full" : "limited";
  return [
    `zscale=transferin=${transfer}:primariesin=bt2020:matrixin=bt2020nc:rangein=${range}:transfer=linear:npl=100`,
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    "tonemap=tonemap=hable:desat=0",
    "zscale=transfer=bt709:matrix=bt709:range=limited",
  ];
}
