import { type LadderPictures, ladderNeeds } from "@reelway/shared/contracts/hardware-need";
import type { DeviceChoice } from "../../ffmpeg/encoder-choice.ts";
import { picturesOf } from "../../hardware/device-capabilities.ts";
import { mostOn } from "../../hardware/device-sessions.ts";

/** Whether a device was seen to encode all that a ladder holds, at once. */
export function isUpTo({ device, encoder }: Pick<DeviceChoice, "device" | "encoder">, ladder: LadderPictures): boolean {
  const [pictures] = ladderNeeds(encoder.codec, ladder) ?? [];
  if (pictures === undefined || ladder.renditions.length > mostOn(device)) return false;
  return picturesOf(device).includes(pictures);
}
