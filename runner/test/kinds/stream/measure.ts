import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ffmpegPath, ffprobePath } from "../../media-tools.ts";

/** Static builds often come without a decoder of AV1. */
const probe = (await execa(ffprobePath, ["-v", "quiet", "-decoders"])).stdout.includes("dav1d")
  ? ffprobePath
  : "ffprobe";

/** Pictures that decoding a file or playlist gives, each with its time in seconds. */
export async function picturesOf(path: string): Promise<number[]> {
  const playlist = path.endsWith(".m3u8") ? ["-allowed_extensions", "ALL"] : [];
  const shown = ["-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0"];
  const { stdout } = await execa(probe, ["-v", "error", ...playlist, ...shown, path]);
  return stdout
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter((time) => Number.isFinite(time));
}

const fractions = /^(?:red|green|blue|white_point)_[xy]$|^(?:min|max)_luminance$/;

/** What the first picture says of HDR10's display, to three digits, and of its light. */
export async function hdr10At(path: string): Promise<Record<string, number>> {
  const playlist = path.endsWith(".m3u8") ? ["-allowed_extensions", "ALL"] : [];
  const shown = [
    "-select_streams",
    "v:0",
    "-read_intervals",
    "%+#1",
    "-show_entries",
    "frame_side_data",
    "-of",
    "json",
  ];
  const { stdout } = await execa(probe, ["-v", "error", ...playlist, ...shown, path]);
  const { frames } = JSON.parse(stdout) as { frames: { side_data_list?: Record<string, string | number>[] }[] };
  const told = (frames[0]?.side_data_list ?? []).flatMap((data) => Object.entries(data));
  return Object.fromEntries(
    told.flatMap(([name, value]) => {
      if (name.startsWith("max_") && typeof value === "number") return [[name, value]];
      const [top = 0, bottom = 1] = fractions.test(name) ? String(value).split("/").map(Number) : [];
      return fractions.test(name) ? [[name, Number((top / bottom).toFixed(3))]] : [];
    }),
  );
}

/** Init and segments of a rendition, in order, as one file. */
export async function joined(directory: string, names: readonly string[]): Promise<string> {
  const parts = await Promise.all(names.map((name) => readFile(join(directory, name))));
  const path = join(directory, `joined-${names[0]?.split("/")[0]}.mp4`);
  await writeFile(path, Buffer.concat(parts));
  return path;
}

export interface Packet {
  readonly pts: number;
  readonly dts: number;
  readonly duration: number;
  readonly bytes: number;
  readonly key: boolean;
}

/** Packets in decode order, in ticks of the file's own clock. */
export async function packetsOf(path: string): Promise<Packet[]> {
  const { stdout } = await execa(ffprobePath, [
    ...[
      "-v",
      "error",
      "-select_streams",
      "v:0",
      "-show_entries",
      "packet=pts,dts,duration,size,flags",
      "-of",
      "json",
      path,
    ],
  ]);
  const { packets } = JSON.parse(stdout) as {
    packets: { pts: number; dts: number; duration: number; size: string; flags: string }[];
  };
  return packets.map(({ size, flags, ...times }) => ({ ...times, bytes: Number(size), key: flags.startsWith("K") }));
}

/** How alike two files' pictures are, one by one in order: SSIM of all planes, 0 to 1. */
export async function similarity(one: string, other: string, size: string): Promise<number> {
  const count = "setpts=N/25/TB,settb=1/25";
  const graph = `[0:v]${count},scale=${size}:flags=bicubic,format=yuv420p[a];[1:v]${count},scale=${size}:flags=bicubic,format=yuv420p[b];[a][b]ssim`;
  const { stderr } = await execa(ffmpegPath, [
    ...["-nostdin", "-hide_banner", "-i", one, "-i", other, "-filter_complex", graph, "-fps_mode", "passthrough"],
    ...["-f", "null", "-"],
  ]);
  return Number(/All:([\d.]+)/.exec(stderr)?.[1]);
}
