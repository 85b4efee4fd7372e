/** Large enough to tell pictures from one another, and so small that loss of detail hardly counts. */
export const smallPicture = { width: 96, height: 54, bytes: 96 * 54 * 3 } as const;

/** Where pictures come from: inputs, and a graph that ends in `[v]`. */
export interface PictureSource {
  readonly inputs: readonly string[];
  readonly graph: string;
}

/** Pictures from one moment to another, in seconds behind the first that comes. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface SmallPictures {
  readonly source: PictureSource;
  readonly span: Span;
  /** Each picture again and again for as long as it is shown, as a result of a steady rate has it; else each once. */
  readonly held?: boolean;
  /** So many at most. */
  readonly most: number;
  /** Below the working directory. */
  readonly file: string;
  readonly threads: number;
}

/** The same size, depth and planes of Y, U and V for all. What is said of colours is overruled, as some encoders say it and others don't. */
const toSmall = [
  "setparams=range=tv:colorspace=bt709",
  `scale=${smallPicture.width}:${smallPicture.height}:flags=area:in_range=tv:out_range=tv:in_color_matrix=bt709:out_color_matrix=bt709`,
  ...["setsar=1", "format=yuv444p", "settb=1/25", "setpts=N"],
].join(",");

/** How often a picture that is held comes again in a second. */
export const heldRate = 60;

/** One run that decodes pictures and writes them small, one behind the other. A second, empty output shows how far it is. */
export function smallPictureArguments({ source, span, held = false, most, file, threads }: SmallPictures): string[] {
  const { inputs, graph } = source;
  const until = `${held ? `fps=${heldRate},` : ""}setpts=PTS-STARTPTS,trim=end=${seconds(span.to)},split[shown][all]`;
  const wanted = `[shown]trim=start=${seconds(span.from)},${toSmall}[small]`;
  return [
    ...["-v", "error", "-y", ...inputs],
    ...["-filter_complex_threads", String(threads), "-filter_complex", `${graph};[v]${until};${wanted}`],
    ...["-map", "[all]", "-fps_mode", "passthrough", "-f", "null", "-"],
    ...["-map", "[small]", "-frames:v", String(most), "-fps_mode", "passthrough", "-enc_time_base", "1:25"],
    ...["-c:v", "rawvideo", "-f", "rawvideo", `file:${file}`],
  ];
}

function seconds(value: number): string {
  return value.toFixed(3);
}
