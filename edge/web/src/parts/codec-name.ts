const names: Readonly<Record<string, string>> = {
  h264: "H.264",
  h265: "H.265",
  hevc: "H.265",
  av1: "AV1",
  vp8: "VP8",
  vp9: "VP9",
  mpeg2video: "MPEG-2",
  mpeg4: "MPEG-4",
  prores: "ProRes",
  gif: "GIF",
  aac: "AAC",
  ac3: "AC-3",
  eac3: "E-AC-3",
  opus: "Opus",
  vorbis: "Vorbis",
  flac: "FLAC",
  mp3: "MP3",
  // RFC 6381: what stands before the first dot of `avc1.640028`.
  avc1: "H.264",
  hvc1: "H.265",
  hev1: "H.265",
  av01: "AV1",
  vp09: "VP9",
  mp4a: "AAC",
};

/** A codec as people call it, of ffmpeg's name, of Reelway's, or of a playlist's string. */
export function codecName(codec: string): string {
  const [name = ""] = codec.toLowerCase().split(".");
  return names[name] ?? (name.startsWith("pcm") ? "PCM" : codec);
}
