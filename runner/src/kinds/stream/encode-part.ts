import { ladderNeed } from "@reelway/shared/contracts/hardware-need";
import type { EncodeAttempt } from "@reelway/shared/contracts/manifest";
import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { deviceEncoder } from "../../ffmpeg/arguments/devices/families.ts";
import { encodedFile, streamArguments } from "../../ffmpeg/arguments/stream.ts";
import type { StreamEncode } from "../../ffmpeg/arguments/stream-encode.ts";
import { deviceChoices } from "../../ffmpeg/choose-encoder.ts";
import type { DeviceChoice } from "../../ffmpeg/encoder-choice.ts";
import type { FfmpegProgress } from "../../ffmpeg/progress.ts";
import { type FfmpegEnd, runFfmpeg } from "../../ffmpeg/run.ts";
import { isUpTo } from "../../hardware/device-capabilities.ts";
import type { KindContext } from "../kind.ts";
import { scopeOf } from "../scope.ts";
import { tryEncoders } from "../try-encoders.ts";

export interface EncodedPart {
  readonly end: FfmpegEnd;
  readonly ran: readonly EncodeAttempt[];
}

export interface PartChecks {
  readonly onProgress?: (progress: FfmpegProgress) => void;
  /** Throws where what came out is not to be kept: a device that made it has failed. */
  readonly check?: (end: FfmpegEnd) => Promise<void>;
}

/**
 * Encodes a part of a stream by the encoder that its plan names. Parts have to fit each other, so no other encoder takes
 * over where a device fails: another device of the same kind does, and where this host has none, the task fails with
 * device_failed and goes to a runner that has one. A plan for software never comes near a device.
 */
export async function encodePart(
  context: KindContext,
  encode: Omit<StreamEncode, "on">,
  picture: () => Promise<VideoStream>,
  { onProgress = () => {}, check = async () => {} }: PartChecks = {},
): Promise<EncodedPart> {
  const makes = encode.video.renditions.map((_, place) => encodedFile(place));
  const scope = { ...scopeOf(context), makes };
  const { encoder } = encode.video;
  const found = deviceEncoder(encoder);
  if (found === undefined) {
    const end = await runFfmpeg(scope, streamArguments(encode), onProgress);
    await check(end);
    return { end, ran: [{ device: null, encoder, outcome: "done", reason: null }] };
  }
  const given = await picture();
  const { vocabulary } = context.tools;
  const attempt = async (choice: DeviceChoice) => {
    const on = { choice, picture: given, vocabulary };
    const end = await runFfmpeg(scope, streamArguments({ ...encode, on }), onProgress);
    await check(end);
    return end;
  };
  const choices = choicesFor(context, found.encoder.codec, encode.video);
  const sessions = encode.video.renditions.length;
  // Every run writes its files anew from their beginning.
  const made = await tryEncoders(context, { choices, sessions, attempt, tidyUp: async () => {} });
  return { end: made.result, ran: made.ran };
}

/** Devices that make what the plan wants, byte for byte, all of it at once. Throws device_failed where there is none to be used just now. */
function choicesFor(
  { devices, tools }: KindContext,
  codec: VideoCodec,
  video: StreamEncode["video"],
): readonly DeviceChoice[] {
  const { encoder, build } = video;
  const need = ladderNeed(codec, video, build);
  const same = deviceChoices(codec, devices.usable()).filter(
    ({ device, proven }) => proven.name === encoder && need !== null && isUpTo(tools, device, [need]),
  );
  if (same.length === 0)
    throw new ReelwayError("device_failed", `no device of this runner makes parts with ${encoder} now`);
  return same;
}
