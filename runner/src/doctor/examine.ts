import { reasonOf } from "@reelway/shared/errors/reason-of";
import type { Logger } from "pino";
import type { SandboxFinding } from "../box/box.ts";
import { openSandbox } from "../box/open-sandbox.ts";
import { programsOf } from "../box/prove-walls.ts";
import { noSandbox } from "../box/unconfined.ts";
import type { Config } from "../config.ts";
import { openEngine } from "../engine/open-engine.ts";
import { openTools } from "../ffmpeg/tools.ts";
import { detect } from "../hardware/detect.ts";
import type { DeviceReport } from "../hardware/proof-report.ts";
import { showsOthers } from "../hardware/test-pictures.ts";

/** All that this host was seen to do and not to do. */
export interface Examination {
  readonly ffmpeg: { readonly path: string; readonly version: string };
  /** Null on a host without one. */
  readonly engine: { readonly version: string } | null;
  /** Software encoders that work, by ffmpeg's names. */
  readonly software: readonly string[];
  readonly vmaf: boolean;
  readonly devices: readonly DeviceReport[];
  readonly sandbox: SandboxFinding | { readonly failed: string };
  /** What makes the host fall short of what it has; none where all is well. */
  readonly faults: readonly string[];
}

/** Tries everything again, whatever an earlier start found out; what is found is kept for the next start. */
export async function examine(config: Config, log: Logger): Promise<Examination> {
  const { ffmpegPath, ffprobePath, enginePath, stateDirectory, scratchDirectory, slots, devices } = config;
  const opened = await openTools({ ffmpegPath, ffprobePath });
  const engine = await openEngine({ path: enginePath }, log);
  const found = await openSandbox({
    settings: config.sandbox,
    slots,
    scratchDirectory,
    stateDirectory,
    programs: programsOf(opened, engine),
    engine: engine?.path ?? null,
  }).catch((error: unknown) => ({ failed: reasonOf(error) }));
  // Where the sandbox that is required can't be had, what the host could do besides is still worth knowing.
  const place = { sandbox: "failed" in found ? noSandbox(config.sandbox.limits, []) : found, scratchDirectory };
  const { tools, kept, wrong } = await detect({
    ...{ tools: opened, place, cacheDirectory: stateDirectory },
    ...{ devices, sessions: config.deviceSessions, anew: true },
  });
  const reports = kept.map(({ report }) => report);
  const sandbox = "failed" in found ? found : found.finding;
  const idle = reports.filter(({ id }) => !tools.devices.some((device) => device.id === id));
  return {
    ffmpeg: { path: ffmpegPath, version: tools.version },
    engine: engine && { version: engine.version },
    software: [...tools.provenEncoders].sort(),
    vmaf: tools.provenVmaf,
    devices: reports,
    sandbox,
    faults: [
      ...wrong.map((name) => `${name} encodes without complaint, and ${showsOthers}`),
      ...(tools.provenEncoders.size === 0 ? ["no software encoder works"] : []),
      ...(engine === null ? ["there is no media engine: streams are not made here"] : []),
      ...idle.map(({ name, id }) => `${name} (${id}) encodes nothing`),
      ...("failed" in sandbox ? [sandbox.failed] : loose(sandbox)),
    ],
  };
}

/** What a sandbox that was wanted leaves open: docs/sandbox.md says what to install. */
function loose({ rung, open, refused }: SandboxFinding): string[] {
  const wanted = !refused.some(({ reason }) => reason === "SANDBOX=off");
  return wanted && open.includes("files")
    ? [`the sandbox "${rung}" leaves files of this host open to media programs`]
    : [];
}
