import type { EncodeAttempt } from "@reelway/shared/contracts/manifest";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { deviceChoices } from "../../ffmpeg/choose-encoder.ts";
import type { KindContext } from "../kind.ts";
import { skippedAttempt } from "./fitting-choices.ts";

/** Devices that would have been tried, were they not set aside just now. */
export function deviceNotes(
  { devices, task }: Pick<KindContext, "devices" | "task">,
  spec: TranscodeSpec,
): EncodeAttempt[] {
  const codec = spec.video?.codec;
  if (codec === undefined || codec === "copy" || spec.video?.twoPass || task.hardware === "never") return [];
  return devices
    .setAside()
    .flatMap(({ device, reason }) =>
      deviceChoices(codec, [device]).map(({ encoder }) => skippedAttempt(device, encoder.name, `set aside: ${reason}`)),
    );
}
