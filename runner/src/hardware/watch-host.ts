import type { Logger } from "pino";
import { type Detected, encodesSomething, limited } from "./detect.ts";
import { DeviceBreakers } from "./device-breakers.ts";
import { DeviceSessions } from "./device-sessions.ts";
import { type KeptDevice, readProof, writeProof } from "./proof-cache.ts";
import { inProofRoom, type ProofPlace } from "./proof-room.ts";
import { proveEncoders } from "./prove.ts";
import { probeDevice } from "./prove-device.ts";
import { proveDevices } from "./prove-host.ts";
import { DeviceReprover } from "./reprove-devices.ts";
import type { ProofMeans } from "./run-proof.ts";
import { SoftwareBreaker } from "./software-health.ts";

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

/** What encodes on this host, while it works: who may be given work, who holds which sessions, and what is tried again. */
export interface WatchedHost {
  readonly devices: DeviceBreakers;
  readonly software: SoftwareBreaker;
  readonly sessions: DeviceSessions;
  readonly close: () => void;
}

/** Looks after what encodes on this host while it works. */
export function watchHost(
  { tools, kept }: Detected,
  { restMs, sessions: setting, cacheDirectory, place, onChange, log }: WatchOptions,
): WatchedHost {
  // One after the other: there are as many rooms as that.
  let probed: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(prove: (means: ProofMeans) => Promise<Result>): Promise<Result> => {
    const next = probed.then(() => inProofRoom(place, (room) => prove({ room, timeoutMs })));
    probed = next.catch(() => undefined);
    return next;
  };
  const devices = new DeviceBreakers({
    ...{ devices: tools.devices, onChange, restMs, log },
    probe: (device) => inTurn((means) => probeDevice(device, { tools, means })),
  });
  const software = new SoftwareBreaker({
    ...{ proven: tools.provenEncoders, onChange, restMs, log },
    prove: async (names) =>
      (await inTurn((means) => proveEncoders(tools, means, 1, (name) => names.includes(name)))).encoders,
  });
  const sessions = new DeviceSessions();
  const prove = async (before: KeptDevice): Promise<KeptDevice> => {
    const known = (await readProof(cacheDirectory)) ?? { software: null, devices: kept };
    const [after] = await proveDevices(
      [before.proven],
      { devices: [before] },
      { tools, place, timeoutMs, anew: false, now: Date.now },
    );
    if (after === undefined) throw new TypeError("a device was not proved");
    const others = known.devices.filter(({ proven }) => proven.id !== after.proven.id);
    if (known.software !== null)
      await writeProof(cacheDirectory, { software: known.software, devices: [...others, after] });
    return after;
  };
  const reprover = new DeviceReprover({
    ...{ kept, prove, log },
    isBusy: (device) => sessions.isBusy(device),
    onProven: (device) => {
      if (encodesSomething(device)) devices.learn(limited(device, setting));
    },
  });
  reprover.start();
  const close = () => {
    devices.close();
    software.close();
    reprover.close();
  };
  return { devices, software, sessions, close };
}
