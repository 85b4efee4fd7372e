import type { Logger } from "pino";
import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import { type Detected, encodesSomething, limited } from "./detect.ts";
import { DeviceBreakers } from "./device-breakers.ts";
import { DeviceSessions } from "./device-sessions.ts";
import { type KeptDevice, readProof, writeProof } from "./proof-cache.ts";
import { inProofRoom, type ProofPlace } from "./proof-room.ts";
import { probeDevice } from "./prove-device.ts";
import { proveDevices } from "./prove-host.ts";
import { DeviceReprover } from "./reprove-devices.ts";

const timeoutMs = 20_000;

export interface WatchOptions {
  readonly restMs: number;
  /** See DetectOptions. */
  readonly sessions: number | null;
  readonly cacheDirectory: string;
  readonly place: ProofPlace;
  /** What this host can do has changed. */
  readonly onChange: () => void;
  readonly log: Logger;
}

/** This host's devices while it works: who may be given work, who holds which sessions, and what is tried again. */
export interface WatchedDevices {
  readonly health: DeviceBreakers;
  readonly sessions: DeviceSessions;
  readonly close: () => void;
}

/** Looks after this host's devices while it works. */
export function watchDevices(
  { tools, kept }: Detected,
  { restMs, sessions: setting, cacheDirectory, place, onChange, log }: WatchOptions,
): WatchedDevices {
  // One after the other: there are as many rooms as that.
  let probed: Promise<unknown> = Promise.resolve();
  const probe = (device: ProvenDevice) => {
    const next = probed.then(() =>
      inProofRoom(place, (room) => probeDevice(device, { tools, means: { room, timeoutMs } })),
    );
    probed = next.catch(() => undefined);
    return next;
  };
  const health = new DeviceBreakers({ devices: tools.devices, probe, onChange, restMs, log });
  const sessions = new DeviceSessions();
  const prove = async (before: KeptDevice): Promise<KeptDevice> => {
    const { software, devices } = (await readProof(cacheDirectory)) ?? { software: null, devices: kept };
    const known = { devices: [before] };
    const [after] = await proveDevices([before.proven], known, { tools, place, timeoutMs, anew: false, now: Date.now });
    if (after === undefined) throw new TypeError("a device was not proved");
    const others = devices.filter(({ proven }) => proven.id !== after.proven.id);
    if (software !== null) await writeProof(cacheDirectory, { software, devices: [...others, after] });
    return after;
  };
  const reprover = new DeviceReprover({
    ...{ kept, prove, log },
    isBusy: (device) => sessions.isBusy(device),
    onProven: (device) => {
      if (encodesSomething(device)) health.learn(limited(device, setting));
    },
  });
  reprover.start();
  const close = () => {
    health.close();
    reprover.close();
  };
  return { health, sessions, close };
}
