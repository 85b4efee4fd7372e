import { existsSync } from "node:fs";
import { join } from "node:path";
import { clip } from "../../support/clips.ts";

/** A film that is made twice, in chunks and as a whole. */
export interface Source {
  readonly name: string;
  readonly path: () => string;
  readonly codec: "h264" | "h265";
}

const SECONDS = 14;
/** Rolls by, so that no picture is like the one before it. */
const rolling = (rate: string, size = "320x180") => [
  ...["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=${SECONDS},scroll=h=0.011:v=0.007`],
];
/** Rises from 200 Hz on: what is heard tells the time to the sample. */
const rising = (seconds: number, rate = 48_000) => [
  ...["-f", "lavfi", "-i", `aevalsrc='0.4*sin(2*PI*(200+60*t)*t)':sample_rate=${rate}:duration=${seconds}`],
];
const h264 = (group: number, params = "") => [
  ..."-c:v libx264 -preset veryfast -pix_fmt yuv420p -bf 3 -c:a aac".split(" "),
  ...["-g", String(group), "-x264-params", `scenecut=0:b-pyramid=2${params}`],
];

const openGroups = () =>
  clip("equal-open-groups.mp4", ...rolling("24"), ...rising(SECONDS), ...h264(40, ":open-gop=1"));

/** Of the kinds that chunks stumble over. */
const generated: readonly Source[] = [
  { name: "open groups, B-frames", path: openGroups, codec: "h264" },
  {
    name: "edit list",
    path: () => clip("equal-edited.mp4", "-ss", "0.9", "-i", openGroups(), "-c", "copy", "-movie_timescale", "48000"),
    codec: "h264",
  },
  {
    name: "varying rate",
    path: () =>
      clip(
        "equal-varying.mp4",
        ...[...rolling("25"), ...rising(SECONDS)],
        ...["-vf", "select='not(mod(n,7))+lt(mod(n,90),40)',setpts=PTS+3*mod(N\\,5)*0.001/TB", "-fps_mode", "vfr"],
        ...["-enc_time_base", "1:90000", "-video_track_timescale", "90000"],
        ...["-force_key_frames", "expr:gte(t,n_forced*1.7)", ...h264(500)],
      ),
    codec: "h264",
  },
  {
    name: "HDR10",
    path: () =>
      clip(
        "equal-hdr10.mp4",
        ...[...rolling("24"), ...rising(SECONDS)],
        ...[
          "-vf",
          "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv",
        ],
        ..."-c:v libx265 -preset ultrafast -g 48 -tag:v hvc1 -c:a aac -x265-params".split(" "),
        "log-level=error:hdr10=1:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
      ),
    codec: "h265",
  },
  {
    name: "two languages, one late and of six channels",
    path: () =>
      clip(
        "equal-languages.mp4",
        ...[...rolling("30"), "-itsoffset", "0.7", ...rising(SECONDS - 1), ...rising(SECONDS, 44_100)],
        ...["-map", "0:v", "-map", "1:a", "-map", "2:a", ...h264(60), "-ac:a:0", "6", "-movie_timescale", "48000"],
        ...["-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng"],
      ),
    codec: "h264",
  },
  {
    name: "59.94 pictures a second",
    path: () => clip("equal-odd-rate.mp4", ...rolling("60000/1001"), ...rising(SECONDS), ...h264(97)),
    codec: "h264",
  },
];

const folder = process.env.REELWAY_MEDIA ?? join(import.meta.dirname, "../../../../shared/media/open");
/** The first two are compared always, the others take minutes. */
const clips = ["gopro-hero.mp4", "cursed-vfr-screen.mp4"];
const longClips = [
  ...["sintel-trailer-720p.mp4", "iphone-hdr-dovi-rot90-editlist.mp4"],
  ...["person-139s-432p.mp4", "bbb-trailer-720p-mp3.mp4"],
];

/** Those that are there, real clips in the codec that keeps what is special about them; all of them if asked for. */
export function sources(all: boolean): Source[] {
  const real = [...clips, ...(all ? longClips : [])].filter((name) => existsSync(join(folder, name)));
  const ofClip = (name: string): Source => ({
    ...{ name, path: () => join(folder, name) },
    codec: name.includes("hdr") ? "h265" : "h264",
  });
  return [...generated, ...real.map(ofClip)];
}
