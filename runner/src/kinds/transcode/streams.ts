import type { AudioStream, MediaInfo, SubtitleStream, VideoStream } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** The picture that is worked on: the first that is not cover art. Throws input_missing_stream. */
export function mainPicture(source: MediaInfo): VideoStream {
  const picture = source.video.find((stream) => !stream.attachedPicture);
  if (!picture) throw new ReelwayError("input_missing_stream", "the file holds no picture");
  return picture;
}

/** The sound that is worked on: the file's default track, else its first; null where it is silent. */
export function mainSound(source: MediaInfo): AudioStream | null {
  const playable = source.audio.filter((stream) => stream.channels > 0 && stream.codec !== "unknown");
  return playable.find((stream) => stream.isDefault) ?? playable[0] ?? null;
}

/** The n-th subtitle track made of text, counted from 0. Throws input_missing_stream. */
export function textTrack(source: MediaInfo, number: number): SubtitleStream {
  const tracks = source.subtitles.filter((stream) => stream.text);
  const track = tracks[number];
  if (!track)
    throw new ReelwayError(
      "input_missing_stream",
      `the file holds ${tracks.length} text tracks, none is number ${number}`,
    );
  return track;
}
