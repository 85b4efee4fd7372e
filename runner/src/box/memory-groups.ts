import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A control group of the kernel's for one program and all that it starts: a limit of memory that nothing gets round. */
export interface MemoryGroup {
  /** Who writes a process's number here, or 0 for its own, puts it in. */
  readonly entry: string;
  /** Removes it. Returns the most memory that was held in it, bytes; null where the kernel does not count that. */
  readonly close: () => number | null;
}

export interface MemoryGroups {
  readonly open: (memoryBytes: number, processes: number) => MemoryGroup;
}

/** The files of a group, by the version of control groups. */
interface Files {
  readonly limit: string;
  readonly peak: string;
  /** Set where the kernel has them, after the limit. */
  readonly more: (memoryBytes: number, processes: number) => Readonly<Record<string, string>>;
}

const files: Readonly<Record<"v1" | "v2", Files>> = {
  v1: {
    limit: "memory.limit_in_bytes",
    peak: "memory.max_usage_in_bytes",
    more: (memoryBytes) => ({ "memory.memsw.limit_in_bytes": String(memoryBytes) }),
  },
  v2: {
    limit: "memory.max",
    peak: "memory.peak",
    more: (_, processes) => ({
      "memory.swap.max": "0",
      // A program that lost a part of itself is no use to anybody.
      "memory.oom.group": "1",
      "pids.max": String(processes),
    }),
  },
};

/**
 * Finds where this process may make groups below its own. Throws what the kernel says where it may not: the group belongs to
 * somebody else, or there is none.
 */
export function findMemoryGroups(): MemoryGroups {
  const own = readFileSync("/proc/self/cgroup", "utf8");
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  const v1 = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/[^\n]*)$/m.exec(own)?.[1];
  if (v1 !== undefined) return groupsIn(placeOf(mounts, v1, "cgroup", /(?:^|,)memory(?:,|$)/), files.v1);
  const v2 = /^0::(\/[^\n]*)$/m.exec(own)?.[1];
  if (v2 === undefined) throw new Error("this process is in no control group");
  return groupsIn(delegated(placeOf(mounts, v2, "cgroup2", /(?:)/), v2 === "/"), files.v2);
}

/** Where a group lies among the files, by mountinfo(5): a container sees a part of the hierarchy, or all of it. */
function placeOf(mounts: string, group: string, type: string, options: RegExp): string {
  for (const line of mounts.split("\n")) {
    const [fields = "", rest = ""] = line.split(" - ");
    const [found, , superOptions = ""] = rest.split(" ");
    const [, , , root = "/", mount = ""] = fields.split(" ");
    if (found !== type || !options.test(superOptions)) continue;
    return join(mount, root !== "/" && group.startsWith(root) ? group.slice(root.length) : group);
  }
  throw new Error(`no ${type} with a memory controller is mounted`);
}

/** Of version 2, groups with members have no groups with limits below: the runner moves into one of its own, beside them. */
function delegated(own: string, isRoot: boolean): string {
  if (!isRoot) {
    const leaf = join(own, "runner");
    mkdirSync(leaf, { recursive: true });
    writeFileSync(join(leaf, "cgroup.procs"), String(process.pid));
  }
  writeFileSync(join(own, "cgroup.subtree_control"), "+memory +pids");
  return own;
}

const PREFIX = "reelway-";
/** Of groups made by this process, so that each has a name of its own. */
let count = 0;

function groupsIn(parent: string, { limit, peak, more }: Files): MemoryGroups {
  removeAbandoned(parent);
  return {
    open: (memoryBytes, processes) => {
      const path = join(parent, `${PREFIX}${process.pid}-${++count}`);
      mkdirSync(path);
      writeFileSync(join(path, limit), String(memoryBytes));
      for (const [file, value] of Object.entries(more(memoryBytes, processes)))
        writeWhereThereIs(join(path, file), value);
      return { entry: join(path, "cgroup.procs"), close: () => closeGroup(path, peak) };
    },
  };
}

/** What a runner that was killed left behind. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^(\d+)-\d+$/.exec(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "") ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeSoon(join(parent, name), 0);
  }
}

function writeWhereThereIs(path: string, value: string): void {
  try {
    writeFileSync(path, value, { flag: "r+" });
  } catch {
    // Not every kernel counts swap, and not every hierarchy processes.
  }
}

function closeGroup(path: string, peak: string): number | null {
  let held: number | null = null;
  try {
    held = Number(readFileSync(join(path, peak), "utf8"));
  } catch {
    // Kernels before 5.19 don't count it in version 2.
  }
  removeSoon(path, 20);
  return held;
}

const againMs = 100;

/** A group can be removed when its last process has been reaped, which takes a moment after a kill. */
function removeSoon(path: string, tries: number): void {
  try {
    rmdirSync(path);
  } catch {
    if (tries > 0) setTimeout(() => removeSoon(path, tries - 1), againMs).unref();
  }
}
