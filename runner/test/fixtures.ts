import { access, chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ffmpegPath, fixtureDirectory } from "./media-tools.ts";

const picture = (size: string, seconds: number, rate = 25) => [
  ...["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];
const tone = (seconds: number, options = "frequency=440:sample_rate=48000") => [
  ...["-f", "lavfi", "-i", `sine=${options}:duration=${seconds}`],
];
const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10"];
const aac = ["-c:a", "aac", "-b:a", "96k"];

/** How each fixture is made. Its name is its file: change the name when the recipe changes. */
const recipes = {
  "clip.mp4": [...picture("320x180", 2), ...tone(2), ...x264, ...aac, "-shortest", "-movflags", "+faststart"],
  "long.mp4": [...picture("320x180", 20), ...tone(20), ...x264, "-g", "25", ...aac, "-movflags", "+faststart"],
  "silent.mp4": [...picture("320x180", 1), ...x264],
  "sound.m4a": [...tone(1), ...aac],
  "quiet-stereo.wav": [...tone(4, "frequency=440:sample_rate=48000"), "-af", "volume=-20dB", "-ac", "2"],
  "surround.mkv": [...tone(1), "-filter:a", "pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0", "-c:a", "ac3"],
  "tiny-16.mp4": [...picture("16x16", 1), ...x264],
  "odd.mkv": [...picture("321x181", 1), "-c:v", "ffv1", "-pix_fmt", "yuv444p"],
  "variable.mkv": [
    ...picture("320x180", 3),
    "-vf",
    "select='not(mod(n,7))+lt(n,10)+gt(n,60)'",
    "-fps_mode",
    "vfr",
    ...x264,
  ],
  "left-white.mp4": [
    ...["-f", "lavfi", "-i", "color=c=white:size=160x180:rate=25:duration=1"],
    ...["-vf", "pad=320:180:0:0:black", ...x264],
  ],
  "turned-clockwise.mp4": [] as string[],
  "anamorphic.mp4": [...picture("320x180", 1), "-vf", "setsar=2/1", ...x264],
  "hdr10.mp4": [
    ...["-f", "lavfi", "-i", "color=c=white:size=128x128:rate=25:duration=1"],
    ...["-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"],
    ...["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:hdr10=1:repeat-headers=1"],
    ...["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-tag:v", "hvc1"],
  ],
  "interlaced.mkv": [
    // A white bar on black that moves eight pixels with every field.
    ...["-f", "lavfi", "-i", "color=c=black:size=320x180:rate=50:duration=1"],
    ...["-f", "lavfi", "-i", "color=c=white:size=60x180:rate=50:duration=1"],
    ...["-filter_complex", "[0:v][1:v]overlay=x='mod(n*8,240)+20':y=0,tinterlace=interleave_top,setfield=tff"],
    ...["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "2"],
  ],
  "rgb.mkv": [
    ...["-f", "lavfi", "-i", "color=c=red:size=64x64:rate=25:duration=1"],
    "-c:v",
    "ffv1",
    "-pix_fmt",
    "bgr0",
  ],
  "black-start.mp4": [
    ...["-f", "lavfi", "-i", "color=c=black:size=64x64:rate=25:duration=1"],
    ...["-f", "lavfi", "-i", "color=c=white:size=64x64:rate=25:duration=1"],
    ...["-filter_complex", "[0:v][1:v]concat=n=2[v]", "-map", "[v]", ...x264],
  ],
  "black.mp4": [...["-f", "lavfi", "-i", "color=c=black:size=128x128:rate=25:duration=3"], ...x264],
  "shades.mp4": [
    ...["-f", "lavfi", "-i", "color=c=black:size=64x64:rate=25:duration=6"],
    ...["-vf", "geq=lum='20+floor(T)*40':cb=128:cr=128", ...x264],
  ],
  "hostile-tags.mp4": [...picture("64x64", 1), ...x264, "-metadata", "title=\u001b]0;x\u0007=cmd\r\n<b>"],
  "ten-hour-gap.mkv": [...picture("64x64", 1), "-vf", "setpts='PTS+gt(N,12)*36000/TB'", "-fps_mode", "vfr", ...x264],
  "mark.png": [...["-f", "lavfi", "-i", "color=c=red:size=40x20"], "-frames:v", "1"],
  "mark.jpg": [...["-f", "lavfi", "-i", "color=c=red:size=40x20"], "-frames:v", "1"],
} satisfies Record<string, string[]>;

export type FixtureName = keyof typeof recipes;

/** The path of a fixture, made with ffmpeg on first use and kept in the system's temporary directory. */
export async function fixture(name: FixtureName): Promise<string> {
  const path = join(fixtureDirectory, name);
  try {
    await access(path);
    return path;
  } catch {
    await mkdir(fixtureDirectory, { recursive: true });
  }
  const args = name === "turned-clockwise.mp4" ? await rotationArguments() : recipes[name];
  const draft = join(fixtureDirectory, `.${process.pid}-${Math.random().toString(36).slice(2)}-${name}`);
  const made = await execa(ffmpegPath, ["-nostdin", "-v", "error", "-y", ...args, draft], { reject: false });
  if (made.failed) {
    await rm(draft, { force: true });
    throw new Error(`fixture ${name}: ${made.stderr}`);
  }
  // A runner in this process may have narrowed what new files allow; a box's user reads fixtures too.
  await chmod(draft, 0o644);
  await rename(draft, path);
  return path;
}

/** A display matrix is written by copying. Both options count counter-clockwise; newer ffmpegs lost the old one. */
async function rotationArguments(): Promise<string[]> {
  const clip = await fixture("left-white.mp4");
  const options = (await execa(ffmpegPath, ["-hide_banner", "-h", "full"])).stdout;
  return options.includes("-display_rotation")
    ? ["-display_rotation:v:0", "270", "-i", clip, "-c", "copy"]
    : ["-i", clip, "-c", "copy", "-metadata:s:v:0", "rotate=270"];
}
