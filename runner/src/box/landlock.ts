import { dirname } from "node:path";
import { withoutRoot } from "./bare.ts";
import type { Reach } from "./box.ts";
import { becomingWords } from "./dropped-rights.ts";
import { filterOf, seccompFilter } from "./seccomp/filter.ts";
import type { Architecture } from "./seccomp/system-calls.ts";
import { systemPaths } from "./system-view.ts";
import type { UserChoice, Walls, WallTools } from "./walls.ts";

export interface LandlockParts extends WallTools, UserChoice {
  /** The media engine: it confines itself and becomes the program. */
  readonly engine: string;
  readonly architecture: Architecture;
  readonly morePaths: readonly string[];
}

/** What is no file of anybody's, and programs expect to be there. */
const harmlessDevices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
/** The program's own, and how much of everything the host has. */
const harmlessProcesses = ["/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems"];

/** Of /proc, what drivers look for their devices in. */
const driverFiles = ["/proc/driver", "/proc/devices", "/proc/modules", "/proc/sys/vm/mmap_min_addr"];
/** NVIDIA's driver names its threads below it, and gives up where it may not. */
const ownProcess = "/proc/self";

/** Programs go on without these where they are not there, but end where they are and may not be read. */
const harmlessFiles = ["/etc/ssl/openssl.cnf", "/etc/localtime"];

/**
 * The kernel's own rules for files, and the filter of system calls, which take no rights and no namespaces: they hold where a
 * container's engine refuses those. The program lives in the host's namespaces: from Linux 6.12 on it can't signal others, and
 * it starts none.
 */
export function landlockWalls(parts: LandlockParts): Walls {
  return {
    rung: "landlock",
    closes: ["files", "system", "writes", "network", "services", "system_calls", ...withoutRoot(parts)],
    dropsUser: parts.dropsUser,
    around: (program, reach) => [parts.engine, ...confineWords(parts, program, reach), "--"],
    before: becomingWords(parts.setpriv, parts),
  };
}

function confineWords({ architecture, morePaths }: LandlockParts, program: string, reach: Reach): string[] {
  const { reads, writes, network = false, devices = [] } = reach;
  const hasDriver = devices.length > 0;
  const mayRead = [
    ...systemPaths({ network, devices: hasDriver }),
    ...[...harmlessProcesses, ...harmlessFiles, ...(hasDriver ? driverFiles : [])],
    ...[...morePaths, ...reads, program],
  ];
  // Who left its process group would go on when its task is over.
  const filter = seccompFilter(architecture, { kind: filterOf(reach), startsProcesses: false });
  return [
    "confine",
    ...mayRead.flatMap((path) => ["--read", path]),
    ...[...writes, ...(hasDriver ? [ownProcess] : [])].flatMap((path) => ["--write", path]),
    ...directoriesOf(devices).flatMap((path) => ["--list", path]),
    ...[...harmlessDevices, ...devices].flatMap((path) => ["--device", path]),
    ...["--filter", filter.toString("base64")],
  ];
}

/** AMD's driver looks through its directory for the card that it was given, and gives up where it may not. */
function directoriesOf(devices: readonly string[]): string[] {
  return [...new Set(devices.map(dirname))].filter((directory) => directory !== "/dev");
}
