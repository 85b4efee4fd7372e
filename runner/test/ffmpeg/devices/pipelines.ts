import type { MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import type { z } from "zod";
import type { ProvenDevice } from "../../../src/ffmpeg/arguments/devices/device.ts";
import { streamArguments } from "../../../src/ffmpeg/arguments/stream.ts";
import type { StreamEncode } from "../../../src/ffmpeg/arguments/stream-encode.ts";
import { transcodeArguments } from "../../../src/ffmpeg/arguments/transcode.ts";
import { deviceChoices } from "../../../src/ffmpeg/choose-encoder.ts";
import type { DeviceChoice } from "../../../src/ffmpeg/encoder-choice.ts";
import type { FfmpegTools } from "../../../src/ffmpeg/tools.ts";
import { noVocabulary, type Vocabulary } from "../../../src/ffmpeg/vocabulary.ts";
import { planTranscode } from "../../../src/kinds/transcode/plan.ts";

/** Of an ffmpeg that knows every word. */
const everyWord: Vocabulary = { has: () => true, takes: () => true };

const tools: FfmpegTools = {
  ...{
    ffmpegPath: "ffmpeg",
    ffprobePath: "ffprobe",
    version: "test",
    ffprobeVersion: "test",
    build: "0",
    knows: () => true,
  },
  ...{ provenEncoders: new Set<string>(), provenVmaf: false, vocabulary: noVocabulary, devices: [] },
};

const fullHd: VideoStream = {
  ...{ index: 0, codec: "h264", profile: "High", width: 1_920, height: 1_080, codedWidth: 1_920, codedHeight: 1_080 },
  ...{ rotation: 0, sampleAspectRatio: "1:1", pixelFormat: "yuv420p", bitDepth: 8, fps: 25, variableFrameRate: false },
  ...{ frames: 250, durationSeconds: 10, bitrateKbps: 900, hdr: null, attachedPicture: false },
  color: { primaries: "bt709", transfer: "bt709", matrix: "bt709", range: "tv" },
};
const hdr10: VideoStream = {
  ...fullHd,
  ...{ codec: "hevc", width: 3_840, height: 2_160, codedWidth: 3_840, codedHeight: 2_160 },
  ...{ pixelFormat: "yuv420p10le", bitDepth: 10, hdr: "hdr10" },
  color: { primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc", range: "tv" },
};

type Video = NonNullable<z.input<typeof TranscodeSpec>["video"]>;
interface Case {
  readonly video?: Partial<Video>;
  readonly spec?: Partial<z.input<typeof TranscodeSpec>>;
  readonly stream?: VideoStream;
  readonly mark?: boolean;
}

/** What pictures go through, by what people call it. */
export const cases: Readonly<Record<string, Case>> = {
  "as it is": {},
  smaller: { video: { width: 1_280, height: 720 } },
  "with bars": { video: { width: 1_080, height: 1_080, fit: "pad" } },
  "cut to fill": { video: { width: 1_080, height: 1_080, fit: "cover" } },
  turned: { video: { rotate: 90 } },
  "at another rate": { video: { fps: 30, height: 480 } },
  "from fields": { video: { height: 480 }, stream: { ...fullHd, interlaced: true } },
  "HDR10 to SDR": { video: { height: 1_080 }, stream: hdr10 },
  "HDR10 to SDR with bars": { video: { width: 1_080, height: 1_080, fit: "pad" }, stream: hdr10 },
  "with a mark": { video: { height: 720 }, mark: true },
  "HDR10 to SDR with a mark": { video: { height: 720 }, stream: hdr10, mark: true },
  "with subtitles burned in": { video: { height: 720 }, spec: { subtitles: { track: 0, mode: "burn" } } },
  "with subtitles and a mark": { video: { height: 720 }, spec: { subtitles: { track: 0, mode: "burn" } }, mark: true },
  "from a telephone held upright": { video: { height: 720 }, stream: { ...fullHd, rotation: 90 } },
  "from full range": { video: { height: 720 }, stream: { ...fullHd, color: { ...fullHd.color, range: "pc" } } },
  "from 4:2:2": { video: { height: 720 }, stream: { ...fullHd, pixelFormat: "yuv422p" } },
  "from a codec without a decoder": { video: { height: 720 }, stream: { ...fullHd, codec: "mpeg2video" } },
};

const files = {
  ...{ source: "/in/source", format: "mov", output: "/out/video.mp4", work: "/work" },
  threads: 4,
  outputBytes: 1e6,
};

/** The command line of one case on this device. */
export function transcodeOn(
  device: ProvenDevice,
  codec: "h264" | "h265",
  { video, spec, stream = fullHd, mark }: Case,
  vocabulary: Vocabulary = everyWord,
): string[] {
  const parsed = TranscodeSpec.parse({
    ...{ kind: "transcode", container: "mp4", video: { codec, ...video } },
    ...(mark && { watermark: { assetId: "ast_01jaf5yxs90123456789abcdef_weur" } }),
    ...spec,
  });
  const watermark =
    mark && parsed.watermark ? { path: "/in/mark", format: "png" as const, spec: parsed.watermark } : null;
  const { plan, choices } = planTranscode(parsed, mediaOf(stream), tools, [device], "require", watermark);
  const [choice] = choices;
  if (choice === undefined) throw new Error("the device can't do it");
  return transcodeArguments(plan, files, { choice, vocabulary, pass: null });
}

function mediaOf(stream: VideoStream): MediaInfo {
  return {
    ...{ container: "mov", bytes: 1, durationSeconds: 10, startSeconds: 0, bitrateKbps: 1, video: [stream] },
    ...{ audio: [], subtitles: [], otherStreams: 0, chapters: 0, tags: {} },
  };
}

const rung = (width: number, height: number, maxKbps: number) => ({
  ...{ width, height, maxKbps, rateFactor: 24, profile: "high", level: null },
});

/** Streams' parts, by what people call them. */
export const streams: Readonly<
  Record<string, { readonly picture: VideoStream; readonly changes?: Partial<StreamEncode> }>
> = {
  "a chunk in three sizes": { picture: fullHd },
  "a chunk with key frames where they come": { picture: fullHd, changes: { keyFrames: { pictures: [0, 40, 97] } } },
  "a damaged chunk": { picture: fullHd, changes: { fillTo: 96 } },
  "a whole film": {
    picture: { ...fullHd, interlaced: true },
    changes: {
      input: { path: "/in/source", format: "avi", stream: 1, origin: 0.5, interlaced: true },
      keyFrames: { seconds: 2, fps: 25 },
    },
  },
  "a chunk of HDR10 brought to SDR": { picture: hdr10 },
};

/** The command line of a stream's part on this device. */
export function streamOn(device: ProvenDevice, name: string, vocabulary: Vocabulary = everyWord): string[] {
  const wanted = streams[name];
  const [choice]: readonly DeviceChoice[] = deviceChoices("h264", [device]);
  if (wanted === undefined || choice === undefined) throw new Error("there is no such part");
  const { picture, changes } = wanted;
  const toneMap = picture.hdr === null ? [] : ["zscale=transfer=linear", "tonemap=tonemap=hable"];
  return streamArguments({
    video: {
      ...{
        track: 1,
        encoder: choice.encoder.name,
        build: null,
        speed: "balanced",
        timescale: 25_000,
        frameRate: [25, 1],
        fps: 25,
      },
      color: {
        ...{ pixelFormat: "yuv420p", primaries: "bt709", transfer: "bt709", matrix: "bt709" },
        ...{ toneMap, fromRgb: false, hdr10: null },
      },
      renditions: [rung(1_920, 1_080, 6_000), rung(1_280, 720, 3_000), rung(640, 360, 730)],
    },
    input: { path: "/work/cut.mp4", format: "mov", stream: 0, origin: null, interlaced: false },
    ...{ keyFrames: { grid: 48 }, threads: 4 },
    ...changes,
    on: { choice, picture, vocabulary },
  });
}

export function valueAfter(args: readonly string[], option: string): string {
  return args[args.indexOf(option) + 1] ?? "";
}
