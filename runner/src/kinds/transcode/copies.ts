import type { AudioStream, MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { containers } from "../../ffmpeg/arguments/container.ts";
import type { CopiedTrack } from "../../ffmpeg/arguments/transcode.ts";

/**
 * The tracks that are copied. A remux (picture and sound both copied) takes every track that the container can hold;
 * otherwise it is the one picture or the one sound. Throws spec_unsupported where the container can't hold it.
 */
export function planCopies(
  spec: TranscodeSpec,
  source: MediaInfo,
  isRemux: boolean,
  picture: VideoStream | null,
  sound: AudioStream | null,
): CopiedTrack[] {
  if (isRemux) return remuxTracks(spec, source);
  const wanted = [
    ...(picture && spec.video?.codec === "copy" ? [pictureTrack(picture)] : []),
    ...(sound && spec.audio?.codec === "copy" ? [soundTrack(sound)] : []),
  ];
  const refused = wanted.find((track) => !containers[spec.container].copies.test(track.codec));
  if (refused) throw new ReelwayError("spec_unsupported", `${spec.container} can't hold ${refused.codec} as it is`);
  return wanted;
}

function remuxTracks(spec: TranscodeSpec, source: MediaInfo): CopiedTrack[] {
  const facts = containers[spec.container];
  const media = [
    ...source.video.filter((stream) => !stream.attachedPicture).map(pictureTrack),
    ...source.audio.map(soundTrack),
  ];
  const held = media.filter((track) => facts.copies.test(track.codec));
  if (held.length === 0) {
    const codecs = media.map((track) => track.codec).join(", ");
    throw new ReelwayError("spec_unsupported", `${spec.container} can't hold ${codecs} as it is`);
  }
  const subtitles = spec.subtitles
    ? []
    : source.subtitles.flatMap((stream): CopiedTrack[] => {
        const fits = facts.copies.test(stream.codec);
        if (!fits && !(stream.text && facts.subtitles)) return [];
        const convertTo = fits ? null : facts.subtitles;
        return [{ index: stream.index, kind: "s", codec: stream.codec, language: stream.language, convertTo }];
      });
  return [...held, ...subtitles];
}

function pictureTrack({ index, codec }: VideoStream): CopiedTrack {
  return { index, kind: "v", codec, language: null, convertTo: null };
}

function soundTrack({ index, codec, language }: AudioStream): CopiedTrack {
  return { index, kind: "a", codec, language, convertTo: null };
}
