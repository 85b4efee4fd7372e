import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";

/** What stands between sound and is read along with it, and what the containers take. */
const room = 1.5;
/** Each track lies on disk twice: as it was encoded, and in its segments. */
const copies = 2;

/** Bytes of the source's sound; null where it does not say. */
export function soundBytes({ source, durationSeconds }: Pick<StreamPlan, "source" | "durationSeconds">): number | null {
  const kbps = source.audio.map(({ bitrateKbps }) => bitrateKbps);
  if (kbps.some((one) => one === null)) return null;
  return (
    bytesOf(
      kbps.reduce((sum: number, one) => sum + (one ?? 0), 0),
      durationSeconds,
    ) * room
  );
}

/** What all tracks of a plan take on disk once they are made, bytes. */
export function encodedSoundBytes({ audio, durationSeconds }: Pick<StreamPlan, "audio" | "durationSeconds">): number {
  const kbps = audio.reduce((sum, { bitrateKbps }) => sum + bitrateKbps, 0);
  return Math.ceil(bytesOf(kbps, durationSeconds) * room * copies);
}

function bytesOf(kbps: number, seconds: number): number {
  return ((kbps * 1_000) / 8) * (seconds + 1);
}
