import { onTestFinished } from "vitest";
import { ControlPlaneReady, readConnection, startControlPlaneService } from "../control-plane-service.ts";
import { readLockRecord } from "../lock.ts";
import { workerdMark } from "../orphans.ts";
import { isAlive, type ProcessIdentity, processesWithEnvironment, signal } from "../process/identity.ts";
import type { Service } from "../process/service.ts";

/** Only what a process needs to run, and what the test sets. */
export function environment(settings: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, REELWAY_PORT: "0", ...settings };
}

/** The control plane as its own process group, killed after the test with whatever workerd it has on record. */
export function launch(dataDir: string, settings: Readonly<Record<string, string>> = {}): Service {
  return killedAfterwards(startControlPlaneService(dataDir, environment(settings), false), dataDir);
}

export async function launchReady(dataDir: string, settings: Readonly<Record<string, string>> = {}) {
  const service = launch(dataDir, settings);
  const ready = ControlPlaneReady.parse(await service.ready);
  return { service, ...ready, key: readConnection(dataDir).key };
}

export function killedAfterwards(service: Service, dataDir: string): Service {
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") console.error(`── ${service.name}\n${service.logTail()}`);
    service.signalGroup("SIGKILL");
    await service.exited;
    const mark = workerdMark(dataDir);
    const left = [
      ...(readLockRecord(dataDir)?.workerd ?? []),
      ...processesWithEnvironment(`${mark.name}=${mark.value}`),
    ];
    for (const identity of left) signal(identity, "SIGKILL");
  });
  return service;
}

/** The one live workerd of a data directory. */
export function workerdOf(dataDir: string): ProcessIdentity {
  const [workerd, ...more] = (readLockRecord(dataDir)?.workerd ?? []).filter(isAlive);
  if (!workerd || more.length > 0) throw new Error("expected one live workerd on record");
  return workerd;
}
