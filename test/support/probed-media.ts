import type { AudioCodec, Container, TranscodeSpec, VideoCodec } from "@reelway/shared/contracts/transcode-spec";

/** What a result's container is to others: the name that ffprobe gives it, and its media type. */
const containers: Readonly<Record<Container, { format: RegExp; type: string }>> = {
  mp4: { format: /mp4/, type: "video/mp4" },
  mov: { format: /mov/, type: "video/quicktime" },
  mkv: { format: /matroska/, type: "video/x-matroska" },
  webm: { format: /webm/, type: "video/webm" },
  gif: { format: /gif/, type: "image/gif" },
  mp3: { format: /mp3/, type: "audio/mpeg" },
  m4a: { format: /m4a|mp4/, type: "audio/mp4" },
  wav: { format: /wav/, type: "audio/wav" },
};

/** What our codecs are to ffprobe, and what encodes them on a host without devices. */
const pictures: Readonly<Record<VideoCodec, { codec: string; encoder: string }>> = {
  h264: { codec: "h264", encoder: "libx264" },
  h265: { codec: "hevc", encoder: "libx265" },
  av1: { codec: "av1", encoder: "libsvtav1" },
  vp9: { codec: "vp9", encoder: "libvpx-vp9" },
  prores: { codec: "prores", encoder: "prores_ks" },
  gif: { codec: "gif", encoder: "gif" },
};
const sounds: Readonly<Record<AudioCodec, { codec: string; encoder: string }>> = {
  aac: { codec: "aac", encoder: "aac" },
  opus: { codec: "opus", encoder: "libopus" },
  mp3: { codec: "mp3", encoder: "libmp3lame" },
  pcm: { codec: "pcm_s16le", encoder: "pcm_s16le" },
};

/** What must be found in the result of a spec. */
export interface ProbedMedia {
  readonly file: string;
  readonly type: string;
  readonly format: RegExp;
  /** As ffprobe names the codecs; null where there is no such track. */
  readonly video: string | null;
  readonly audio: string | null;
  /** Of the picture, or of the sound where there is none; null where both are copied. */
  readonly encoder: string | null;
}

/** What a spec makes of a clip with a picture in H.264 and sound in AAC. */
export function probedMedia({ container, video, audio }: TranscodeSpec): ProbedMedia {
  const { format, type } = containers[container];
  const copied = { codec: "h264", encoder: null };
  const picture = video && (video.codec === "copy" ? copied : pictures[video.codec]);
  const sound = audio && (audio.codec === "copy" ? { codec: "aac", encoder: null } : sounds[audio.codec]);
  return {
    file: `${picture ? "video" : "audio"}.${container}`,
    type,
    format,
    video: picture?.codec ?? null,
    audio: sound?.codec ?? null,
    encoder: (picture ?? sound)?.encoder ?? null,
  };
}
