import type { Pacing } from "@reelway/shared/client/retry";
import type { Logger } from "pino";
import type { Sandbox } from "../box/box.ts";
import type { Config } from "../config.ts";
import type { MediaEngine } from "../engine/open-engine.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import type { DeviceHealth } from "../hardware/device-breakers.ts";
import type { SoftwareHealth } from "../hardware/software-health.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Metrics } from "../server/metrics.ts";
import type { SpaceLedger } from "../storage/space-ledger.ts";
import type { LeaseKeeper } from "./lease-keeper/lease-keeper.ts";
import type { TaskSpeeds } from "./task-speeds.ts";

/** What every task of this runner is given. */
export interface TaskContext {
  readonly config: Config;
  readonly runnerId: string;
  readonly tools: FfmpegTools;
  readonly devices: DeviceHealth;
  readonly software: Pick<SoftwareHealth, "wrong">;
  /** What this host announces just now. */
  readonly capabilities: () => readonly string[];
  readonly engine: MediaEngine | null;
  readonly sandbox: Sandbox;
  readonly kindOf: (name: string) => Kind;
  readonly keeper: LeaseKeeper;
  readonly ledger: SpaceLedger;
  readonly scratchHome: string;
  readonly metrics: Metrics;
  readonly speeds: TaskSpeeds;
  readonly pacing: Pacing;
  readonly log: Logger;
}

/** A socket of the storage on which nothing moves for this long is dead, milliseconds. */
export const storageStallMs = 30_000;
