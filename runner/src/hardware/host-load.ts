import { cpus } from "node:os";
import type { HostLoad } from "@reelway/shared/contracts/host-load";
import { readDeviceLoads } from "./device-load.ts";
import { hostMemoryBytes } from "./host-memory.ts";

interface CpuTimes {
  readonly busy: number;
  readonly all: number;
}

/** Looks at how busy the host is, each time over the time since the last look. */
export class HostLoadSampler {
  #before: CpuTimes = cpuTimes();

  async sample(): Promise<Omit<HostLoad, "speed">> {
    const [before, now] = [this.#before, cpuTimes()];
    this.#before = now;
    const passed = now.all - before.all;
    const memoryBytes = hostMemoryBytes();
    return {
      cpu: passed > 0 ? Math.min(1, (now.busy - before.busy) / passed) : 0,
      memoryUsedBytes: Math.max(0, memoryBytes - process.availableMemory()),
      memoryBytes,
      devices: await readDeviceLoads(),
    };
  }
}

function cpuTimes(): CpuTimes {
  const times = cpus().map(({ times }) => times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}
