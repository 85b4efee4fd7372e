import { hardwareCapability, readHardware } from "@reelway/shared/contracts/hardware-need";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import type { Demand } from "@reelway/shared/jobs/demand";
import { deviceChoices } from "../ffmpeg/choose-encoder.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import type { DeviceHealth } from "../hardware/device-breakers.ts";
import { isUpTo } from "../hardware/device-capabilities.ts";
import type { DeviceSessions, TaskSessions } from "../hardware/device-sessions.ts";

interface Means {
  readonly tools: Pick<FfmpegTools, "build">;
  readonly sessions: DeviceSessions;
  readonly devices: DeviceHealth;
}

/**
 * A task's sessions, held from the lease on where it is going to encode on a device: so the next request says what is left.
 * Of a device that is up to all that the task is known to need; on which one it ends up may show when its source is known.
 */
export function reserveSessions(
  { tools, sessions, devices }: Means,
  task: Pick<LeasedTask, "spec" | "step" | "hardware" | "needs">,
  demand: Pick<Demand, "encodes">,
): TaskSessions {
  const own = sessions.open();
  const codec = codecOnDevice(task);
  if (codec === null) return own;
  const onDevice = task.needs.flatMap((need) => readHardware(need) ?? []);
  const encodes = Math.max(demand.encodes, ...onDevice.map(({ atOnce }) => atOnce));
  const able = deviceChoices(codec, devices.usable())
    .map(({ device }) => device)
    .filter((device) => isUpTo(tools, device, onDevice.map(hardwareCapability)));
  able.toSorted((a, b) => own.othersOn(a) - own.othersOn(b)).some((device) => own.take(device, encodes));
  return own;
}

/** What a task encodes on a device where it may; null where it does not come near one. */
function codecOnDevice({ spec, step, hardware }: Pick<LeasedTask, "spec" | "step" | "hardware">): VideoCodec | null {
  if (hardware === "never") return null;
  if (spec.kind === "transcode") {
    const { video } = spec;
    return video === undefined || video.codec === "copy" || video.twoPass === true ? null : video.codec;
  }
  // Streams are made on devices only where these are required.
  const encodes = step?.kind === "plan" || step?.kind === "encode";
  return spec.kind === "stream" && hardware === "require" && encodes ? spec.video.codec : null;
}
