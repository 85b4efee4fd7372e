import { readFileSync } from "node:fs";

/** Limits that this process's own parents set: nobody without rights gets beyond them, nor do its programs. */
export interface Ceilings {
  readonly data: number;
  readonly as: number;
  readonly fsize: number;
  readonly nofile: number;
  readonly nproc: number;
  readonly cpu: number;
}

const names: Readonly<Record<keyof Ceilings, string>> = {
  data: "Max data size",
  as: "Max address space",
  fsize: "Max file size",
  nofile: "Max open files",
  nproc: "Max processes",
  cpu: "Max cpu time",
};

/** The hard limits of this process (proc_pid_limits(5)). */
export function ownCeilings(limits = readFileSync("/proc/self/limits", "utf8")): Ceilings {
  const hardest = (resource: keyof Ceilings) => {
    const [, hard] = new RegExp(`^${names[resource]}\\s+\\S+\\s+(\\d+)`, "m").exec(limits) ?? [];
    return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
  };
  return {
    data: hardest("data"),
    as: hardest("as"),
    fsize: hardest("fsize"),
    nofile: hardest("nofile"),
    nproc: hardest("nproc"),
    cpu: hardest("cpu"),
  };
}
