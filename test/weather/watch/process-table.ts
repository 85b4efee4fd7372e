import { readdirSync, readFileSync } from "node:fs";
import { identityOf, type ProcessIdentity } from "@reelway/stack/process/identity";

const pageBytes = 4_096;

/** What a process holds at one moment. */
export interface ProcessSize {
  /** Bytes in memory. */
  readonly residentBytes: number;
  /** Open files, sockets and pipes. */
  readonly handles: number;
}

/** Null when it has ended. proc(5): the second field of statm is the resident set, in pages. */
export function sizeOf(pid: number): ProcessSize | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return { residentBytes: pages * pageBytes, handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

/** A live process below another, with the name of its program. */
export interface Descendant {
  readonly program: string;
  readonly identity: ProcessIdentity;
}

/** The children of these processes and theirs, however deep. */
export function descendantsOf(...pids: readonly number[]): Descendant[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent);
  const below = (of: number): { pid: number; program: string }[] =>
    (children.get(of) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return pids.flatMap(below).flatMap((child) => {
    const identity = identityOf(child.pid);
    return identity === undefined ? [] : [{ program: child.program, identity }];
  });
}

function processes(): { pid: number; parent: number; program: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const nameEnd = stat.lastIndexOf(")");
        const [, parent] = stat.slice(nameEnd + 2).split(" ");
        return [{ pid: Number(name), parent: Number(parent), program: stat.slice(stat.indexOf("(") + 1, nameEnd) }];
      } catch {
        return [];
      }
    });
}
