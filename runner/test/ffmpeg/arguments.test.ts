import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import type { ProvenDevice } from "../../src/ffmpeg/arguments/devices/device.ts";
import { videoEncoders } from "../../src/ffmpeg/arguments/encoders.ts";
import { transcodeArguments } from "../../src/ffmpeg/arguments/transcode.ts";
import { chooseEncoders } from "../../src/ffmpeg/choose-encoder.ts";
import type { FfmpegTools } from "../../src/ffmpeg/tools.ts";
import { noVocabulary } from "../../src/ffmpeg/vocabulary.ts";
import { planTranscode } from "../../src/kinds/transcode/plan.ts";
import { intelDevice, nvidiaCard } from "./devices/proven-devices.ts";

const software = new Set(videoEncoders.map((encoder) => encoder.name));

const tools: FfmpegTools = {
  ffmpegPath: "ffmpeg",
  ffprobePath: "ffprobe",
  version: "test",
  ffprobeVersion: "test",
  build: "0",
  knows: () => true,
  provenEncoders: software,
  provenVmaf: false,
  vocabulary: noVocabulary,
  devices: [],
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
  const { plan, choices } = planTranscode(spec, source, tools, [], "never", null);
  const [choice] = choices;
  return transcodeArguments(plan, files, choice ? { choice, vocabulary: noVocabulary, pass } : null);
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
  const names = (hardware: "prefer" | "require" | "never", devices: ProvenDevice[], twoPass = false) =>
    chooseEncoders({ codec: "h264", hardware, twoPass }, software, devices).map(({ encoder }) => encoder.name);
  const both = [nvidiaCard, intelDevice("vaapi")];

  it("takes devices first when they are preferred, software last", () => {
    expect(names("prefer", both)).toEqual(["h264_nvenc", "h264_vaapi", "libx264"]);
    expect(names("prefer", [])).toEqual(["libx264"]);
  });

  it("takes one device after the other of the same kind", () => {
    const second = { ...nvidiaCard, id: "nvidia-1", address: "1" };
    expect(names("prefer", [nvidiaCard, second])).toEqual(["h264_nvenc", "h264_nvenc", "libx264"]);
  });

  it("takes none where they are refused, and nothing else where they are required", () => {
    expect(names("never", both)).toEqual(["libx264"]);
    expect(names("require", both)).toEqual(["h264_nvenc", "h264_vaapi"]);
    expect(() => names("require", [])).toThrow(/on a device/);
  });

  it("makes two passes in software", () => {
    expect(names("prefer", both, true)).toEqual(["libx264"]);
  });
});
