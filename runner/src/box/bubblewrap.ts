import type { Reach } from "./box.ts";
import { dropWords } from "./dropped-rights.ts";
import { type FilterKind, filterOf } from "./seccomp/filter.ts";
import { directoriesAbove, isOfSystem, systemView } from "./system-view.ts";
import type { Walls, WallTools } from "./walls.ts";

export interface BubblewrapParts extends WallTools {
  readonly bwrap: string;
  /** The files that hold the filters of system calls. */
  readonly filters: Readonly<Record<FilterKind, string>>;
  /** Read-only for every program, besides the system: where the host keeps programs elsewhere. */
  readonly morePaths: readonly string[];
  /** Whether the runner is root, and programs another user. */
  readonly isRoot: boolean;
}

/** bubblewrap reads the filter from a descriptor, to its end: each box opens the file anew. */
const withFilter = 'exec 3<"$1"; shift; exec "$@"';

/**
 * A world of its own: the system read-only, the task's files at their own paths, and nothing else; no network, no other
 * processes, no rights, no system call that media needs none of. Nothing is writable but what the task was given.
 */
export function bubblewrapWalls(parts: BubblewrapParts): Walls {
  const { sh, setpriv, isRoot } = parts;
  return {
    rung: "bubblewrap",
    closes: ["files", "system", "writes", "network", "services", "processes", "privileges", "system_calls"],
    dropsUser: isRoot,
    around: (program, reach) => [
      ...[sh, "-c", withFilter, "box", parts.filters[filterOf(reach)]],
      ...bubblewrapWords(parts, program, reach),
    ],
    // A user of its own namespace has lost all rights by then; root's must still be taken from it.
    before: (user, { devices }) => (isRoot ? dropWords(setpriv, user, devices) : []),
  };
}

function bubblewrapWords(
  { bwrap, morePaths, isRoot }: Pick<BubblewrapParts, "bwrap" | "morePaths" | "isRoot">,
  program: string,
  { reads, writes, cwd, network = false, devices = [] }: Reach,
): string[] {
  const readOnly = (path: string) => ["--ro-bind-try", path, path];
  const own = isOfSystem(program) ? [] : [program];
  return [
    bwrap,
    // Root makes the walls without a user namespace, and keeps until setpriv what it takes to become another user.
    ...(isRoot ? ["--cap-drop", "ALL", ...becoming] : ["--unshare-user", "--cap-drop", "ALL"]),
    ...["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"],
    ...(network ? [] : ["--unshare-net"]),
    ...["--die-with-parent", "--hostname", "box"],
    ...systemView({ network, devices: devices.length > 0 }),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...directoriesAbove(devices),
    ...devices.flatMap((path) => ["--dev-bind-try", path, path]),
    ...directoriesAbove([...morePaths, ...writes, ...reads, ...own]),
    ...morePaths.flatMap(readOnly),
    ...writes.flatMap((path) => ["--bind", path, path]),
    ...[...reads, ...own].flatMap(readOnly),
    // What bubblewrap made to hold all this is the host's memory, and without a limit.
    ...["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", cwd, "--seccomp", "3", "--"],
  ];
}

const becoming = ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"].flatMap((capability) => ["--cap-add", capability]);
