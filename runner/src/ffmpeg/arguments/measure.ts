import { mediaInput } from "./guard.ts";
import { pictureInput } from "./stream.ts";
import type { StreamEncode } from "./stream-encode.ts";
import { pinnedColor, streamGraph } from "./stream-filters.ts";

/** What was encoded in all renditions, to be held against what the encoder was given. */
export interface Measuring {
  /** As it was encoded: source, sizes, colours and times. */
  readonly encode: StreamEncode;
  /** A file of each rendition, in order: MP4, fragmented or not. */
  readonly encoded: readonly string[];
  /** VMAF of each so-manieth picture; null: of none. */
  readonly vmafEvery: number | null;
}

/** What the filters write of the n-th rendition, below the working directory. */
export const scoreFiles = (place: number) => ({
  ssim: `ssim-${place + 1}.log`,
  psnr: `psnr-${place + 1}.log`,
  vmaf: `vmaf-${place + 1}.json`,
});

/** VMAF's usual model: named, so that figures of two builds are of the same one. */
export const vmafModel = "version=vmaf_v0.6.1";
/** Any clock will do: pictures are numbered. */
const numbered = "settb=1/25,setpts=N";
/** Two pictures of whole films may come at one time, and the encode keeps the first. */
export const oneAtATime = "select=isnan(prev_selected_pts)+gt(pts\\,prev_selected_pts)";

/**
 * One run that decodes source and renditions once and compares them picture by picture, by number. SSIM writes a line for
 * each picture of the longer side, PSNR for each of the shorter one: as many of both means that there were as many of both.
 */
export function measureArguments(measuring: Measuring): string[] {
  const { encode, encoded } = measuring;
  const { threads } = encode;
  return [
    ...["-v", "error"],
    ...pictureInput(encode),
    ...encoded.flatMap((path) => mediaInput({ path, format: "mov", threads })),
    ...["-filter_complex_threads", String(threads), "-filter_complex", measureGraph(measuring)],
    ...encoded.flatMap((_, place) =>
      comparisonsOf(measuring, place).flatMap(({ out }) => ["-map", `[${out}]`, ...away]),
    ),
  ];
}

const away = ["-fps_mode", "passthrough", "-enc_time_base", "1:25", "-f", "null", "-"];

function measureGraph(measuring: Measuring): string {
  const { encode, encoded } = measuring;
  const { color } = encode.video;
  const alike = `setsar=1,format=${color.pixelFormat},${pinnedColor(color)},${numbered}`;
  const once = encode.input.origin === null ? "" : `${oneAtATime},`;
  const chains = encoded.flatMap((_, place) => {
    const comparisons = comparisonsOf(measuring, place);
    const [made, given] = [comparisons.map(({ made }) => `[${made}]`), comparisons.map(({ given }) => `[${given}]`)];
    return [
      `[v${place}]${once}${alike},split=${given.length}${given.join("")}`,
      `[${place + 1}:v:0]${alike},split=${made.length}${made.join("")}`,
      ...comparisons.map(({ made, given, filter, out }) => `[${made}][${given}]${filter}[${out}]`),
    ];
  });
  return [streamGraph(encode), ...chains].join(";");
}

function comparisonsOf({ encode, vmafEvery }: Measuring, place: number) {
  const files = scoreFiles(place);
  const threads = `n_threads=${encode.threads}:n_subsample=${vmafEvery}`;
  const filters = [
    `ssim=stats_file=${files.ssim}`,
    `psnr=stats_file=${files.psnr}:shortest=1`,
    ...(vmafEvery === null ? [] : [`libvmaf=model=${vmafModel}:log_fmt=json:log_path=${files.vmaf}:${threads}`]),
  ];
  return filters.map((filter, index) => {
    const name = `${place}x${index}`;
    return { filter, made: `m${name}`, given: `g${name}`, out: `o${name}` };
  });
}
