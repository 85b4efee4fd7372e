import type { HardwareUse } from "@reelway/shared/contracts/job";
import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { z } from "zod";
import type { ProvenDevice } from "./arguments/devices/device.ts";
import { families } from "./arguments/devices/families.ts";
import { videoEncoders } from "./arguments/encoders.ts";
import type { DeviceChoice, EncoderChoice } from "./encoder-choice.ts";

export interface EncoderWish {
  readonly codec: VideoCodec;
  readonly hardware: z.infer<typeof HardwareUse>;
  readonly twoPass: boolean;
}

/**
 * The encoders to try, best first, out of those proved on this host: on each of its devices, then in software, as far as the
 * job allows either. Throws spec_unsupported where nothing proved fits.
 */
export function chooseEncoders(
  wish: EncoderWish,
  proven: ReadonlySet<string>,
  devices: readonly ProvenDevice[],
): readonly EncoderChoice[] {
  const onDevices = wish.hardware === "never" || wish.twoPass ? [] : deviceChoices(wish.codec, devices);
  const software = wish.hardware === "require" ? [] : softwareChoices(wish.codec, proven);
  if (onDevices.length + software.length === 0) {
    const where = wish.hardware === "require" ? "on a device" : "at all";
    const passes = wish.hardware === "require" && wish.twoPass ? " in two passes" : "";
    throw new ReelwayError("spec_unsupported", `this runner can't encode ${wish.codec} ${where}${passes}`);
  }
  return [...onDevices, ...software];
}

/** The encoders of this codec on these devices, in the devices' order. */
export function deviceChoices(codec: VideoCodec, devices: readonly ProvenDevice[]): readonly DeviceChoice[] {
  return devices.flatMap((device) => {
    const family = families[device.family];
    return family.encoders.flatMap((encoder) => {
      const proof = device.encoders.find(({ name }) => name === encoder.name);
      return encoder.codec === codec && proof ? [{ device, family, encoder, proven: proof }] : [];
    });
  });
}

function softwareChoices(codec: VideoCodec, proven: ReadonlySet<string>): readonly EncoderChoice[] {
  return videoEncoders
    .filter((encoder) => encoder.codec === codec && proven.has(encoder.name))
    .map((encoder) => ({ device: null, encoder }));
}
