/**
 * A command line for a device as the same work in software: options of the device fall away, its encoders and filters
 * become those that do the like. What was asked of it is so really done, and can be looked at.
 */
export function asSoftware(args: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [word = "", value = ""] = [args[at], args[at + 1]];
    const instead = inMemory(word, value);
    out.push(...(instead ?? [word]));
    if (instead !== null) at++;
  }
  return out;
}

/** What stands for an option and its value; null where both stay. */
function inMemory(word: string, value: string): readonly string[] | null {
  if (ofTheCard.has(word) || (word === "-b:v" && value === "0")) return [];
  if (word === "-c:v" && encoders[value]) return ["-c:v", ...encoders[value]];
  return word === "-filter_complex" || word === "-vf" ? [word, graphInMemory(value)] : null;
}

/** Options with a value that only the card takes. */
const ofTheCard: ReadonlySet<string> = new Set([
  ...["-init_hw_device", "-filter_hw_device", "-hwaccel", "-hwaccel_device", "-hwaccel_output_format"],
  ...["-extra_hw_frames", "-tune", "-rc", "-cq", "-multipass", "-rc-lookahead", "-spatial-aq", "-temporal-aq"],
  ...["-b_ref_mode", "-no-scenecut", "-strict_gop", "-preset", "-bf"],
  ...["-usage", "-quality", "-rc_mode", "-qp", "-qvbr_quality_level", "-global_quality", "-compression_level"],
  ...["-low_power", "-look_ahead", "-look_ahead_depth", "-realtime", "-allow_sw", "-prio_speed", "-q:v"],
  ...["-forced_idr", "-idr_interval"],
]);

const h264 = ["libx264", "-preset", "ultrafast", "-x264-params", "scenecut=0:open-gop=0:stitchable=1:min-keyint=1"];
const encoders: Readonly<Record<string, readonly string[]>> = {
  ...{ h264_nvenc: h264, h264_vaapi: h264, h264_qsv: h264, h264_amf: h264, h264_videotoolbox: h264, h264_vulkan: h264 },
  hevc_nvenc: ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:info=0:open-gop=0:scenecut=0"],
};

const stay = (format: string) => `null,format=${format}`;

function graphInMemory(graph: string): string {
  return graph
    .replace(/hwupload(=[\w=:]+)?/g, "null")
    .replace(/hwdownload/g, "null")
    .replace(
      /scale_cuda=w=(\d+):h=(\d+):interp_algo=bicubic:format=(\w+):passthrough=0/g,
      (_, w, h, format) => `scale=${w}:${h},${stay(format)}`,
    )
    .replace(/(?:scale_vaapi|vpp_qsv|scale_vt|libplacebo)=w=(\d+):h=(\d+)[^,;[]*/g, "scale=$1:$2")
    .replace(/libplacebo=[^,;[]*format=(\w+)/g, (_, format) => stay(format))
    .replace(/(overlay|pad|bwdif|yadif)_cuda/g, "$1")
    .replace(/transpose_cuda=dir=reversal/g, "hflip,vflip")
    .replace(/transpose_cuda=dir=/g, "transpose=");
}
