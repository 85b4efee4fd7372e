import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { videoEncoders } from "../../src/ffmpeg/arguments/encoders.ts";
import { transcodeArguments } from "../../src/ffmpeg/arguments/transcode.ts";
import { chooseEncoders } from "../../src/ffmpeg/choose-encoder.ts";
import type { FfmpegTools } from "../../src/ffmpeg/tools.ts";
import { planTranscode } from "../../src/kinds/transcode/plan.ts";

const everything = new Set(videoEncoders.map((encoder) => encoder.name));
const software = new Set([...everything].filter((name) => !/nvenc|vaapi/.test(name)));

const tools: FfmpegTools = {
  ffmpegPath: "ffmpeg",
  ffprobePath: "ffprobe",
  version: "test",
  build: "0",
  launcher: [],
  knows: () => true,
  provenEncoders: software,
  provenVmaf: false,
};

const source: MediaInfo = {
  container: "mov,mp4,m4a,3gp,3g2,mj2",
  bytes: 1_000,
  durationSeconds: 10,
  startSeconds: 0,
  bitrateKbps: 1_000,
  video: [
    {
      index: 0,
      codec: "h264",
      profile: "High",
      width: 1_280,
      height: 720,
      codedWidth: 1_280,
      codedHeight: 720,
      rotation: 0,
      sampleAspectRatio: "1:1",
      pixelFormat: "yuv420p",
      bitDepth: 8,
      fps: 25,
      variableFrameRate: false,
      frames: 250,
      durationSeconds: 10,
      bitrateKbps: 900,
      color: { primaries: "bt709", transfer: "bt709", matrix: "bt709", range: "tv" },
      hdr: null,
      attachedPicture: false,
    },
  ],
  audio: [
    {
      index: 1,
      codec: "aac",
      profile: "LC",
      channels: 2,
      channelLayout: "stereo",
      sampleRate: 48_000,
      durationSeconds: 10,
      bitrateKbps: 128,
      language: "eng",
    },
  ],
  subtitles: [],
  otherStreams: 0,
  chapters: 0,
  tags: { title: "a'b:c,d;[e]" },
};

const files = {
  source: "/t/in/source",
  format: "mov",
  output: "/t/out/video.mp4",
  work: "/t/work",
  threads: 4,
  outputBytes: 1_000_000,
};

function argumentsOf(wish: Omit<z.input<typeof TranscodeSpec>, "kind">, pass: 1 | 2 | null = null): string[] {
  const spec = TranscodeSpec.parse({ kind: "transcode", ...wish });
  const { plan, encoders } = planTranscode(spec, source, tools, "never", null);
  return transcodeArguments(plan, files, encoders[0] ?? null, pass);
}

/** Written out in full: what guards the host must not change unseen. */
const guard = [
  ...["-protocol_whitelist", "file"],
  ...[
    "-format_whitelist",
    "mov,matroska,mpegts,avi,flv,ogg,wav,w64,mp3,flac,aac,asf,mpeg,aiff,caf,mxf,gif,ac3,eac3,amr,dv",
  ],
  ...["-max_alloc", "536870912", "-max_streams", "64", "-max_pixels", "67108864"],
  ...["-probesize", "20M", "-analyzeduration", "20M", "-max_probe_packets", "5000"],
];

describe("whole command lines", () => {
  it("mp4-h264", () => {
    expect(argumentsOf({ container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } })).toEqual([
      ...["-v", "error", "-y", ...guard, "-f", "mov", "-threads", "4", "-i", "file:/t/in/source"],
      ...["-filter_complex_threads", "4", "-filter_complex"],
      "[0:0]scale=1280:720:flags=bicubic+accurate_rnd:out_range=tv,setsar=1,format=yuv420p,format=yuv420p," +
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv[v];" +
        "[0:1]aformat=channel_layouts=stereo,aresample=async=1:first_pts=0[a]",
      ...["-map", "[v]", "-c:v", "libx264", "-preset", "medium", "-crf", "22", "-g", "50", "-forced-idr", "1"],
      ...["-x264-params", "open-gop=0", "-fps_mode", "vfr"],
      ...["-map", "[a]", "-c:a", "aac", "-b:a", "160k"],
      ...[
        "-map_metadata",
        "-1",
        "-map_chapters",
        "-1",
        "-t",
        "86400",
        "-threads",
        "4",
        "-max_muxing_queue_size",
        "4096",
      ],
      ...["-fs", "1000000", "-movflags", "+faststart", "-f", "mp4", "file:/t/out/video.mp4"],
    ]);
  });

  it("the first pass of two, trimmed", () => {
    const video = { codec: "h265", bitrateKbps: 800, twoPass: true, width: 640, speed: "fast" } as const;
    const trim = { startSeconds: 1.5, durationSeconds: 4 };
    expect(argumentsOf({ container: "mp4", video, audio: { codec: "aac" }, trim }, 1)).toEqual([
      ...["-v", "error", "-y", ...guard, "-f", "mov", "-threads", "4", "-ss", "1.5", "-i", "file:/t/in/source"],
      ...["-filter_complex_threads", "4", "-filter_complex"],
      "[0:0]scale=640:360:flags=bicubic+accurate_rnd:out_range=tv,setsar=1,format=yuv420p,format=yuv420p," +
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv[v]",
      ...["-map", "[v]", "-c:v", "libx265", "-preset", "superfast", "-b:v", "800k", "-g", "50", "-forced-idr", "1"],
      ...["-x265-params", "log-level=error:open-gop=0:pools=4:pass=1:stats=pass-x265.log"],
      ...["-fps_mode", "vfr", "-tag:v", "hvc1"],
      ...["-map_metadata", "-1", "-map_chapters", "-1", "-t", "4", "-threads", "4", "-max_muxing_queue_size", "4096"],
      ...["-f", "null", "-"],
    ]);
  });

  it("a remux", () => {
    expect(argumentsOf({ container: "mkv", video: { codec: "copy" }, audio: { codec: "copy" } })).toEqual([
      ...["-v", "error", "-y", ...guard, "-f", "mov", "-threads", "4", "-i", "file:/t/in/source"],
      ...["-map", "0:0", "-c:v:0", "copy", "-map", "0:1", "-c:a:0", "copy", "-metadata:s:a:0", "language=eng"],
      ...[
        "-map_metadata",
        "-1",
        "-map_chapters",
        "-1",
        "-t",
        "86400",
        "-threads",
        "4",
        "-max_muxing_queue_size",
        "4096",
      ],
      ...["-fs", "1000000", "-f", "matroska", "file:/t/out/video.mp4"],
    ]);
  });

  it("hold no word of the user's", () => {
    const args = argumentsOf({ container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } });
    expect(args.join(" ")).not.toContain("a'b");
  });
});

describe("chooseEncoders", () => {
  const names = (hardware: "prefer" | "require" | "never", proven: ReadonlySet<string>, twoPass = false) =>
    chooseEncoders({ codec: "h264", hardware, twoPass }, proven).map((encoder) => encoder.name);

  it("takes devices first when they are preferred, software last", () => {
    expect(names("prefer", everything)).toEqual(["h264_nvenc", "h264_vaapi", "libx264"]);
    expect(names("prefer", software)).toEqual(["libx264"]);
  });

  it("takes none where they are refused, and nothing else where they are required", () => {
    expect(names("never", everything)).toEqual(["libx264"]);
    expect(names("require", everything)).toEqual(["h264_nvenc", "h264_vaapi"]);
    expect(() => names("require", software)).toThrow(/on a device/);
  });

  it("makes two passes in software", () => {
    expect(names("prefer", everything, true)).toEqual(["libx264"]);
  });
});
