import { access, chmod, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ffmpegPath, fixtureDirectory } from "../../media-tools.ts";

const seconds = 20;
const moving = (rate: string) => ["-f", "lavfi", "-i", `testsrc2=size=320x180:rate=${rate}:duration=${seconds}`];
const tone = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`];
/** Rises each second from 300 to 900 Hz: where it stands in time is seen to the sample. */
const chirp = (length: number) => [
  ...["-f", "lavfi", "-i", `aevalsrc=0.4*sin(2*PI*(300+300*mod(t\\,1))*mod(t\\,1)):s=48000:d=${length}`],
];
const h264 = (group: number, params = "") => [
  ...["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", String(group)],
  ...["-bf", "3", "-x264-params", `scenecut=0${params}`],
];
const aac = ["-c:a", "aac", "-b:a", "64k"];

/** Black for ten seconds, then lighter with each: what a picture shows is its time. */
const dawn = [
  ...["-f", "lavfi", "-i", "color=black:size=160x90:rate=10:duration=70"],
  ...["-vf", "geq=lum='if(lt(T,10),16,16+2.8*T)':cb=128:cr=128"],
];

/** Sources of the kinds that parallel chunks stumble over. A name is its file: change it when the recipe changes. */
const recipes = {
  "constant.mp4": [...moving("24"), ...tone, ...h264(48), ...aac],
  "ntsc-open-gop.mp4": [
    ...moving("30000/1001"),
    ...h264(60, ":open-gop=1:b-pyramid=2"),
    "-video_track_timescale",
    "600",
  ],
  "variable.mp4": [
    ...moving("25"),
    ...["-vf", "select='not(mod(n,7))+lt(mod(n,90),40)',setpts=PTS+3*mod(N\\,5)*0.001/TB", "-fps_mode", "vfr"],
    ...["-enc_time_base", "1:90000", "-force_key_frames", "expr:gte(t,n_forced*1.7)", ...h264(500)],
    ...["-video_track_timescale", "90000"],
  ],
  "hdr10.mp4": [
    ...moving("24"),
    ...["-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"],
    ...["-c:v", "libx265", "-preset", "ultrafast", "-g", "48", "-tag:v", "hvc1", "-x265-params"],
    "log-level=error:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400",
  ],
  "heavy.mp4": [
    ...["-f", "lavfi", "-i", `testsrc2=size=640x360:rate=24:duration=${seconds},noise=alls=25:allf=t`, ...tone],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "48", "-crf", "20", ...aac],
  ],
  // Two halves of eight seconds: colours that move slowly, then noise that no encoder likes.
  "calm-then-noisy.mp4": [
    ...["-f", "lavfi", "-i", "gradients=size=320x180:rate=24:duration=8:speed=0.01:seed=7"],
    ...["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=8,noise=alls=30:allf=t:all_seed=7"],
    ...["-filter_complex", "[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]concat=n=2[v]", "-map", "[v]"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-crf", "6", "-pix_fmt", "yuv420p", "-g", "48"],
    ...["-bf", "0", "-x264-params", "scenecut=0"],
  ],
  "two-languages.mp4": [
    ...[...moving("24"), "-itsoffset", "0.7", ...chirp(19), ...tone],
    ...["-map", "0:v", "-map", "1:a", "-map", "2:a", ...h264(48), "-c:a", "aac", "-ac:a:1", "6"],
    ...["-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng", "-movie_timescale", "48000"],
  ],
  "ten-minutes.m4a": [...chirp(600), ...aac, "-movie_timescale", "48000"],
  "late-sound.mkv": [...moving("25"), "-itsoffset", "0.7", ...chirp(19), ...h264(50), "-c:a", "flac"],
  "dawn.mp4": [...dawn, ...h264(10)],
  "dawn-open-gop.mp4": [...dawn, ...h264(10, ":open-gop=1:b-pyramid=2")],
  "dawn.mkv": [...dawn, ...h264(10)],
  "late-sound.ts": [...moving("25"), "-itsoffset", "0.7", ...chirp(19), ...h264(50), "-c:a", "aac"],
  "flash.mp4": [
    ...["-f", "lavfi", "-i", "color=black:size=160x90:rate=24:duration=12"],
    ...["-f", "lavfi", "-i", "sine=frequency=1000:sample_rate=48000:duration=12"],
    ...["-vf", "geq=lum='if(lt(T,5),16,200)':cb=128:cr=128", "-af", "volume='gte(t,5)':eval=frame,asetnsamples=480"],
    ...[...h264(24), ...aac, "-movie_timescale", "48000"],
  ],
  "empty-sound.mkv": [
    ...[...moving("24"), ...tone, ...chirp(seconds), "-map", "0:v", "-map", "1:a", "-map", "2:a"],
    ...["-filter:a:0", "atrim=end_sample=0", "-metadata:s:a:0", "language=fra", "-metadata:s:a:1", "language=en"],
    ...[...h264(48), ...aac],
  ],
  "no-sound-at-all.mkv": [...moving("24"), ...tone, "-filter:a:0", "atrim=end_sample=0", ...h264(48), ...aac],
  // Its last picture stays for three seconds.
  "held.mp4": [
    ...moving("25"),
    ...["-vf", "select='not(mod(n,7))+lt(mod(n,90),40)'", "-fps_mode", "vfr", "-enc_time_base", "1:90000"],
    ...["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "1000", "-video_track_timescale", "90000"],
    ...["-bsf:v", "setts=duration=if(gte(PTS*TB\\,19.85)\\,3/TB\\,DURATION)"],
  ],
  "one-key-frame.mp4": [...moving("24"), ...h264(1_000)],
  "many.mkv": [...moving("25"), ...tone, ...h264(50), ...aac],
  "from-ten.ts": [...["-itsoffset", "0.5"], ...moving("25"), ...tone, ...h264(50), ...aac, "-output_ts_offset", "10"],
  "late-picture.mkv": [...["-itsoffset", "0.5"], ...moving("25"), ...tone, ...h264(50), ...aac],
} satisfies Record<string, string[]>;

/** Made by copying: an edit hides the first half second, a display matrix turns the picture, Matroska can't be taken apart. */
const copies = {
  "edited.mp4": ["-ss", "0.5", "-i", "constant.mp4", "-c", "copy"],
  "flash-edited.mp4": ["-ss", "0.7", "-i", "flash.mp4", "-c", "copy", "-movie_timescale", "48000"],
  "turned.mp4": ["-i", "constant.mp4"],
  "hdr10.mkv": ["-i", "hdr10.mp4", "-c", "copy"],
  // Begins in the middle of a group.
  "hdr10-cut.ts": ["-i", "hdr10.mp4", "-c", "copy", "-bsf:v", "noise=drop='lt(n\\,5)'"],
  "calm-then-noisy.mkv": ["-i", "calm-then-noisy.mp4", "-c", "copy"],
} satisfies Record<string, string[]>;

export type SourceName = keyof typeof recipes | keyof typeof copies;

/** The path of a source, made with ffmpeg on first use and kept in the system's temporary directory. */
export async function streamSource(name: SourceName): Promise<string> {
  const directory = join(fixtureDirectory, "stream");
  const path = join(directory, name);
  if (await exists(path)) return path;
  await mkdir(directory, { recursive: true });
  const draft = join(directory, `.${process.pid}-${name}`);
  const args =
    name in recipes ? recipes[name as keyof typeof recipes] : await copyArguments(name as keyof typeof copies);
  await execa(ffmpegPath, ["-nostdin", "-v", "error", "-y", ...args, draft], { cwd: directory });
  await chmod(draft, 0o644);
  await rename(draft, path);
  return path;
}

async function copyArguments(name: keyof typeof copies): Promise<string[]> {
  const copied = copies[name];
  await streamSource(copied[copied.indexOf("-i") + 1] as SourceName);
  if (name !== "turned.mp4") return copied;
  const { stdout } = await execa(ffmpegPath, ["-hide_banner", "-h", "full"]);
  return stdout.includes("-display_rotation")
    ? ["-display_rotation:v:0", "270", ...copied, "-c", "copy"]
    : [...copied, "-c", "copy", "-metadata:s:v:0", "rotate=270"];
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
