import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type ControlPlaneReady,
  ControlPlaneReady as ReadySchema,
  readConnection,
  startControlPlaneService,
} from "./control-plane-service.ts";
import { KeptRunning } from "./process/keep-running.ts";
import type { Service } from "./process/service.ts";
import { createRegistrationToken, planRunners, type RunnerPlan, startRunner } from "./runners.ts";
import type { StackSettings } from "./settings.ts";

/** A runner may finish its task (DRAIN_GRACE) and hand back; this long after the signal it is killed. */
const RUNNER_STOP_MS = 60_000;
const CONTROL_PLANE_STOP_MS = 15_000;
/** Registrations that one start of the stack may make for each runner: a crash before the credential is kept costs one. */
const REGISTRATIONS_PER_RUNNER = 5;

export interface Running {
  readonly controlPlane: ControlPlaneReady;
  readonly adminKey: string;
  readonly runners: readonly RunnerPlan[];
  /** Asks the runners once more: they hand their work back at once. */
  hurry(): void;
  /** Lets the runners finish or hand back, then stops the control plane. */
  stop(): Promise<void>;
}

/**
 * Starts the control plane and its runners as child processes and keeps them running. Throws StackFailure, with nothing
 * left running, when one of them does not become ready the first time. `say` gets what a person should know later on.
 */
export async function bringUp(
  settings: StackSettings,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Running> {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const onEnd = (service: Service, exit: { code: number | null; signal: string | null }, retryInMs: number) =>
    say(
      `${service.name} ended (${exit.signal ?? `exit code ${exit.code}`}); starting it again in ${retryInMs} ms. Log: ${service.logPath}`,
    );

  const first = startControlPlaneService(settings.dataDir, environment, true);
  const controlPlane = ReadySchema.parse(await first.ready);
  // From here on at the port that the runners know.
  const pinned = { ...environment, REELWAY_PORT: new URL(controlPlane.url).port || environment.REELWAY_PORT };
  let next: Service | undefined = first;
  const control = new KeptRunning(() => {
    const service = next ?? startControlPlaneService(settings.dataDir, pinned, true);
    next = undefined;
    return service;
  }, onEnd);

  const runners: KeptRunning[] = [];
  const stop = async () => {
    await Promise.all(runners.map((runner) => runner.stop(RUNNER_STOP_MS)));
    await control.stop(CONTROL_PLANE_STOP_MS);
  };
  try {
    const { url, key } = readConnection(controlPlane.dataDir);
    const plans = planRunners(settings.runners, settings.runnerRegions);
    const host = {
      url,
      dataDir: controlPlane.dataDir,
      registrationToken: await createRegistrationToken(url, key, plans.length * REGISTRATIONS_PER_RUNNER),
      count: plans.length,
      env: environment,
    };
    for (const plan of plans) runners.push(new KeptRunning(() => startRunner(plan, host), onEnd));
    await Promise.all(runners.map(({ service }) => service.ready));
    const hurry = () => {
      for (const { service } of runners) service.signal("SIGTERM");
    };
    return { controlPlane, adminKey: key, runners: plans, hurry, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function logsOf(dataDir: string): string {
  return join(dataDir, "logs");
}
