import { sandboxCapability } from "@reelway/shared/contracts/sandbox";
import type { Logger } from "pino";
import type { Sandbox } from "../box/box.ts";
import type { Config } from "../config.ts";
import { engineCapabilities, type MediaEngine } from "../engine/open-engine.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { capabilitiesOf, detect } from "./detect.ts";
import type { DeviceHealth } from "./device-breakers.ts";
import { withDevices } from "./device-capabilities.ts";
import type { DeviceSessions } from "./device-sessions.ts";
import type { SoftwareHealth } from "./software-health.ts";
import { watchHost } from "./watch-host.ts";

/** A host that was seen to work. */
export interface ProvenHost {
  readonly tools: FfmpegTools;
  readonly devices: DeviceHealth;
  readonly software: Pick<SoftwareHealth, "wrong">;
  readonly sessions: DeviceSessions;
  /** What it can do just now. */
  readonly capabilities: () => readonly string[];
  /** Stops looking after what encodes. */
  readonly close: () => void;
}

export interface HostOptions {
  readonly config: Config;
  /** Not proved yet. */
  readonly tools: FfmpegTools;
  readonly engine: MediaEngine | null;
  readonly sandbox: Sandbox;
  /** What this host can do has changed. */
  readonly onChange: () => void;
  readonly log: Logger;
}

/** Proves what this host can do, and looks after what encodes from then on. Takes minutes where there are devices that nothing is known of. */
export async function openHost({
  config,
  tools: opened,
  engine,
  sandbox,
  onChange,
  log,
}: HostOptions): Promise<ProvenHost> {
  const { stateDirectory: cacheDirectory, scratchDirectory, devices: wanted, deviceSessions } = config;
  const place = { sandbox, scratchDirectory };
  const detected = await detect({ tools: opened, place, cacheDirectory, devices: wanted, sessions: deviceSessions });
  const { tools } = detected;
  const { devices, software, sessions, close } = watchHost(detected, {
    ...{ restMs: config.deviceRestMs, sessions: deviceSessions, cacheDirectory, place, onChange, log },
  });
  const always = [...engineCapabilities(engine), sandboxCapability(sandbox.finding.rung)];
  // What encodes adds its words, and takes them along while it is set aside.
  const capabilities = () => {
    const inSoftware = [...always, ...capabilitiesOf(tools, software.trusted())];
    return withDevices(inSoftware, tools, devices.usable());
  };
  log.info({ ffmpeg: tools.version, engine: engine?.version ?? null, capabilities: capabilities() }, "this host can");
  return { tools, devices, software, sessions, capabilities, close };
}
