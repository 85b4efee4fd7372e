import { basename, join } from "node:path";
import { workerdMark } from "@reelway/stack/orphans";
import {
  type ProcessIdentity,
  processesMentioning,
  processesWithEnvironment,
  signal,
} from "@reelway/stack/process/identity";
import { until } from "@reelway/stack/process/until";

const DEATH_WITHIN_MS = 10_000;

/**
 * The live processes of a stack whose data lies in `home/data`. ffmpeg runs in groups of its own, and workerd outlives its
 * Node: both name this directory, and nobody else does.
 */
export function processesOf(home: string): ProcessIdentity[] {
  const mark = workerdMark(join(home, "data"));
  const found = [...processesMentioning(basename(home)), ...processesWithEnvironment(`${mark.name}=${mark.value}`)];
  return [...new Map(found.map((identity) => [identity.pid, identity])).values()];
}

/** Kills them all. */
export async function endLeftovers(home: string): Promise<void> {
  await until(() => {
    const left = processesOf(home);
    for (const identity of left) signal(identity, "SIGKILL");
    return left.length === 0;
  }, DEATH_WITHIN_MS);
}
