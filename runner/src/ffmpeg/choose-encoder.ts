import type { HardwareUse } from "@reelway/shared/contracts/job";
import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { z } from "zod";
import { type VideoEncoder, videoEncoders } from "./arguments/encoders.ts";

export interface EncoderWish {
  readonly codec: VideoCodec;
  readonly hardware: z.infer<typeof HardwareUse>;
  readonly twoPass: boolean;
}

/**
 * The encoders to try, best first, out of those proved on this host. `prefer` falls back from a device to software.
 * Throws spec_unsupported where nothing proved fits.
 */
export function chooseEncoders(wish: EncoderWish, proven: ReadonlySet<string>): readonly VideoEncoder[] {
  const fitting = videoEncoders.filter(
    (encoder) =>
      encoder.codec === wish.codec &&
      proven.has(encoder.name) &&
      (encoder.hardware ? wish.hardware !== "never" && !wish.twoPass : wish.hardware !== "require"),
  );
  if (fitting.length === 0) {
    const where = wish.hardware === "require" ? "on a device" : "at all";
    const passes = wish.hardware === "require" && wish.twoPass ? " in two passes" : "";
    throw new ReelwayError("spec_unsupported", `this runner can't encode ${wish.codec} ${where}${passes}`);
  }
  return fitting;
}
