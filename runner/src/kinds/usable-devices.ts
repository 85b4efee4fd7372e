import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import { deviceChoices } from "../ffmpeg/choose-encoder.ts";
import type { KindContext } from "./kind.ts";

/**
 * The devices that may be tried. Throws device_failed where one is required and those that could do it are all set aside:
 * another runner's may not be, and these may come back.
 */
export function usableDevices(
  { devices, task }: Pick<KindContext, "devices" | "task">,
  codec: VideoCodec,
): readonly ProvenDevice[] {
  const usable = devices.usable();
  if (task.hardware !== "require" || deviceChoices(codec, usable).length > 0) return usable;
  const resting = devices.setAside().filter(({ device }) => deviceChoices(codec, [device]).length > 0);
  if (resting.length === 0) return usable;
  const reasons = resting.map(({ device, reason }) => `${device.id} is set aside: ${reason}`);
  throw new ReelwayError("device_failed", reasons.join("; "));
}
