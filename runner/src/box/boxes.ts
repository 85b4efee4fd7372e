import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Box, BoxLimits, Reach } from "./box.ts";
import type { Ceilings } from "./ceilings.ts";
import { limitWords } from "./limits.ts";
import type { MemoryGroups } from "./memory-groups.ts";
import { findProgram } from "./programs.ts";
import type { BoxUsers } from "./users.ts";
import type { Walls, WallTools } from "./walls.ts";

export interface BoxParts {
  readonly walls: Walls;
  readonly tools: WallTools;
  readonly limits: BoxLimits;
  readonly ceilings: Ceilings;
  /** Null where this host lets the runner make none. */
  readonly memoryGroups: MemoryGroups | null;
  readonly users: BoxUsers;
}

/** A shell that goes into a group is in it before it becomes the program: nothing is started outside. */
const intoGroup = 'echo 0 >"$1"; shift; exec "$@"';

/** A box of these walls. `limitsFor`: the bounds of a task that is expected to need so much memory, bytes. */
export function openBox(
  { walls, tools, ceilings, memoryGroups, users, ...parts }: BoxParts,
  limitsFor: (expectedBytes: number) => BoxLimits = () => parts.limits,
): Box {
  const user = walls.dropsUser ? users.take() : null;
  let { limits } = parts;
  return {
    user,
    enclose: (name, args, reach) => {
      const program = findProgram(name);
      if (program === null) throw new ReelwayError("runner_error", `there is no program ${name}`);
      const group = memoryGroups?.open(limits.memoryBytes, limits.processes) ?? null;
      const [first, ...words] = [
        ...(group === null ? [] : [tools.sh, "-c", intoGroup, "box", group.entry]),
        ...walls.around(program, reach),
        ...limitWords(tools.prlimit, reach, { limits, ceilings, countsMemory: group !== null }),
        ...walls.before(user, reach),
        ...[program, ...args],
      ];
      return { command: [first ?? program, ...words], environment: homeIn(reach), ended: () => group?.close() ?? null };
    },
    expect: (bytes) => {
      limits = limitsFor(bytes);
    },
    close: () => {
      if (user !== null) users.giveBack(user);
    },
  };
}

/** What programs write beside their results goes where they may write; the system's places for it are closed. */
function homeIn({ writes, cwd }: Reach): Readonly<Record<string, string>> {
  return writes.includes(cwd) ? { HOME: cwd, TMPDIR: cwd } : {};
}
