import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { RegistrationTokenCreated, type RegistrationTokenRequest } from "@reelway/shared/contracts/runner";
import type { RegionId } from "@reelway/shared/regions";
import { proofFile } from "@reelway/shared/runners/proof-file";
import { z } from "zod";
import { cacheDir, enginePath, runnerEntry } from "./paths.ts";
import { Service } from "./process/service.ts";
import { StackFailure } from "./stack-failure.ts";

/** A runner's ready line. */
export const RunnerReady = z.object({ runnerId: z.string(), healthUrl: z.string() });
export type RunnerReady = z.infer<typeof RunnerReady>;

export interface RunnerPlan {
  /** From 1. */
  number: number;
  name: string;
  region: RegionId;
}

export interface RunnerHost {
  url: string;
  dataDir: string;
  registrationToken: string;
  /** Runners on this machine, which share its cores. */
  count: number;
  /** Settings that win over the ones made here. */
  env: NodeJS.ProcessEnv;
}

export function planRunners(count: number, regions: readonly RegionId[]): RunnerPlan[] {
  return Array.from({ length: count }, (_, index) => {
    const region = regions[index % regions.length];
    if (region === undefined) throw new StackFailure("Runners need a region.");
    return { number: index + 1, name: `runner-${index + 1}`, region };
  });
}

/** Starts one runner as a child process; its state and scratch space lie below `dataDir/runners/<number>`. */
export function startRunner({ number, name, region }: RunnerPlan, host: RunnerHost): Service {
  const home = join(host.dataDir, "runners", String(number));
  const cores = availableParallelism();
  shareProof(home);
  const service = Service.start({
    name,
    entry: runnerEntry,
    logPath: join(host.dataDir, "logs", `${name}.log`),
    env: {
      RUNNER_NAME: name,
      CONCURRENCY: "1",
      FFMPEG_THREADS: String(Math.max(1, Math.floor(cores / host.count))),
      ...engineSetting(),
      ...host.env,
      REELWAY_URL: host.url,
      REELWAY_REGISTRATION_TOKEN: host.registrationToken,
      RUNNER_REGION: region,
      STATE_DIR: home,
      SCRATCH_DIR: join(home, "scratch"),
      HEALTH_PORT: "0",
    },
  });
  service.ready.then(() => keepProof(home)).catch(() => undefined);
  return service;
}

/** Whether there is a media engine at this place, or by this name on the PATH. */
export function engineRuns(path: string): boolean {
  return spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The media engine, where it has been built for this machine: a runner works without one, too. */
function engineSetting(): { ENGINE_PATH?: string } {
  return engineRuns(enginePath) ? { ENGINE_PATH: enginePath } : {};
}

/**
 * Which encoders work here is proved by seconds of encoding and kept in the runner's state, under a key that says what it
 * holds for. The runners of a checkout share it, so that a fresh data directory does not begin with proving it again.
 */
function shareProof(home: string): void {
  const kept = join(cacheDir, proofFile);
  if (!existsSync(kept) || existsSync(join(home, proofFile))) return;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  copyFileSync(kept, join(home, proofFile));
}

function keepProof(home: string): void {
  mkdirSync(cacheDir, { recursive: true });
  const draft = join(cacheDir, `${proofFile}.${process.pid}`);
  copyFileSync(join(home, proofFile), draft);
  renameSync(draft, join(cacheDir, proofFile));
}

/** A registration token for as many runners as the stack may start from now on. */
export async function createRegistrationToken(url: string, adminKey: string, runners: number): Promise<string> {
  const request: RegistrationTokenRequest = { maxUses: Math.max(1, runners), expiresInSeconds: 3_600 };
  const answer = await fetch(`${url}/api/v1/runners/tokens`, {
    method: "POST",
    headers: { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" },
    body: JSON.stringify(request),
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok)
    throw new StackFailure(`The control plane gave no registration token (${answer.status}): ${JSON.stringify(body)}`);
  const { token } = RegistrationTokenCreated.parse(body);
  if (token === null) throw new StackFailure("The control plane gave no registration token.");
  return token;
}
