import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { PlannedAudio } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { limits } from "@reelway/shared/limits";

const kbpsPerChannel = 64;

/** Every track of sound that can be played, in the source's order. */
export function planAudio({ audio: spec }: StreamSpec, { audio }: Pick<MediaInfo, "audio">): PlannedAudio[] {
  return audio
    .map((stream, track) => ({ stream, track }))
    .filter(({ stream }) => stream.channels > 0 && stream.codec !== "unknown")
    .slice(0, limits.streamAudioTracks)
    .map(({ stream, track }, place) => {
      const channels = spec.channels ?? (stream.channels === 1 ? 1 : 2);
      return {
        id: `audio-${place + 1}`,
        track,
        language: stream.language,
        codec: spec.codec,
        channels,
        bitrateKbps: spec.bitrateKbps ?? kbpsPerChannel * channels,
        loudness: spec.loudness ?? false,
      };
    });
}
