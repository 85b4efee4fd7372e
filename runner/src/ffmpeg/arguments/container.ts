import type { Container } from "@reelway/shared/contracts/transcode-spec";

interface ContainerFacts {
  readonly muxer: readonly string[];
  readonly extension: string;
  readonly contentType: string;
  /** ffmpeg's codec of soft subtitles, or null where there are none. */
  readonly subtitles: string | null;
  /** Codecs (ffprobe's names) that may be copied in. */
  readonly copies: RegExp;
}

/** The index goes to the front, so that playback starts before the whole file is there. */
const FASTSTART = ["-movflags", "+faststart"];

export const containers: Readonly<Record<Container, ContainerFacts>> = {
  mp4: {
    muxer: [...FASTSTART, "-f", "mp4"],
    extension: "mp4",
    contentType: "video/mp4",
    subtitles: "mov_text",
    copies: /^(h264|hevc|av1|vp9|mpeg4|mpeg2video|aac|mp3|mp2|opus|ac3|eac3|alac|flac|mov_text)$/,
  },
  mov: {
    muxer: [...FASTSTART, "-f", "mov"],
    extension: "mov",
    contentType: "video/quicktime",
    subtitles: "mov_text",
    copies: /^(h264|hevc|prores|mjpeg|mpeg4|mpeg2video|dnxhd|aac|mp3|ac3|eac3|alac|pcm_\w+|mov_text)$/,
  },
  mkv: {
    muxer: ["-f", "matroska"],
    extension: "mkv",
    contentType: "video/x-matroska",
    subtitles: "srt",
    copies: /^(?!none$|unknown$|bin_data$|adpcm_swf$|nellymoser$|mov_text$|tx3g$)\w+$/,
  },
  webm: {
    muxer: ["-f", "webm"],
    extension: "webm",
    contentType: "video/webm",
    subtitles: "webvtt",
    copies: /^(vp8|vp9|av1|opus|vorbis|webvtt)$/,
  },
  gif: { muxer: ["-f", "gif"], extension: "gif", contentType: "image/gif", subtitles: null, copies: /^$/ },
  mp3: { muxer: ["-f", "mp3"], extension: "mp3", contentType: "audio/mpeg", subtitles: null, copies: /^mp3$/ },
  m4a: {
    muxer: [...FASTSTART, "-f", "ipod"],
    extension: "m4a",
    contentType: "audio/mp4",
    subtitles: null,
    copies: /^(aac|alac)$/,
  },
  wav: {
    muxer: ["-rf64", "auto", "-f", "wav"],
    extension: "wav",
    contentType: "audio/wav",
    subtitles: null,
    copies: /^pcm_(u8|s16le|s24le|s32le|f32le|f64le)$/,
  },
};
