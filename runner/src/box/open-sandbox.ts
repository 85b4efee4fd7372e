import { mkdir } from "node:fs/promises";
import type { SandboxRung } from "@reelway/shared/contracts/sandbox";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { dyingWithRunner } from "./bare.ts";
import type { BoxLimits, Sandbox, SandboxFinding } from "./box.ts";
import { letThrough, shareWithBoxes } from "./box-scratch.ts";
import { type BoxParts, openBox } from "./boxes.ts";
import { ownCeilings } from "./ceilings.ts";
import { ladder } from "./ladder.ts";
import { memoryBound } from "./limits.ts";
import type { MemoryGroups } from "./memory-groups.ts";
import { findProgram } from "./programs.ts";
import { type Programs, proveMemoryGroups, proveWalls } from "./prove-walls.ts";
import { noSandbox } from "./unconfined.ts";
import { BoxUsers, firstUserOf } from "./users.ts";
import type { WallTools } from "./walls.ts";

export interface SandboxSettings {
  /** `require` starts only where everything is closed; `auto` takes the best that there is; `off` none. */
  readonly mode: "require" | "auto" | "off";
  readonly limits: BoxLimits;
  /** The most that `limits.memoryBytes` grows to for a task that is expected to need more. */
  readonly memoryMostBytes: number;
  /** As root: the first of the users that programs run as. */
  readonly firstUser: number;
  /** Read-only for every program, besides the system. */
  readonly morePaths: readonly string[];
}

export interface SandboxOptions {
  readonly settings: SandboxSettings;
  /** Tasks at once. */
  readonly slots: number;
  /** Where tasks work. */
  readonly scratchDirectory: string;
  /** Where the runner keeps its own. */
  readonly stateDirectory: string;
  readonly programs: Programs;
  /** The media engine's program, which sets some walls up; null on a host without one. */
  readonly engine: string | null;
}

/** Rungs on which nothing of the host can be reached, if what was tried says so too. */
const tight: ReadonlySet<SandboxRung> = new Set(["bubblewrap-cgroup", "bubblewrap", "landlock"]);

/** Whether nothing of the host can be reached; how far memory is bounded is another matter. */
export function isTight({ rung, open }: Pick<SandboxFinding, "rung" | "open">): boolean {
  return tight.has(rung) && open.every((opening) => opening === "memory");
}

/**
 * Finds the best means of this host to confine programs, by trying to get out of each. Throws sandbox_unavailable where it
 * is required and none holds.
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = await chooseSandbox(options);
  const { rung, open, refused } = sandbox.finding;
  if (options.settings.mode === "require" && !isTight(sandbox.finding)) {
    const reasons = refused.map((better) => `${better.rung}: ${better.reason}`).join("; ");
    const only = `"${rung}" only, which leaves open: ${open.join(", ")}`;
    throw new ReelwayError("sandbox_unavailable", `SANDBOX=require, but this host has ${only}; ${reasons}`);
  }
  return sandbox;
}

/** Boxes in which devices are proved again beside tasks: one for those that fell short, one for those set aside. */
const roomsForProofs = 2;

type Refused = SandboxFinding["refused"][number];

async function chooseSandbox({ settings, slots, scratchDirectory, ...options }: SandboxOptions): Promise<Sandbox> {
  const { mode, limits, memoryMostBytes, morePaths } = settings;
  const { stateDirectory: directory, programs, engine } = options;
  const tools = wallTools();
  const launcher = tools === null ? [] : dyingWithRunner(tools.setpriv);
  const without = (reason: string) => noSandbox(limits, [{ rung: "bubblewrap", reason }], launcher);
  if (mode === "off") return without("SANDBOX=off");
  if (process.platform !== "linux") return without(`${process.platform} has no means that are known here`);
  if (tools === null) return without("prlimit and setpriv are not installed (apt-get install util-linux)");

  await mkdir(scratchDirectory, { recursive: true, mode: 0o700 });
  const refused: Refused[] = [];
  const isRoot = process.getuid?.() === 0;
  const ceilings = ownCeilings();
  const steps = await ladder({ tools, directory, morePaths, isRoot, engine });
  for (const walls of steps) {
    const { rung } = walls;
    if ("missing" in walls) {
      refused.push({ rung, reason: walls.missing });
      continue;
    }
    try {
      const users = walls.dropsUser ? usersFrom(settings.firstUser, 2 * slots + roomsForProofs) : new BoxUsers(0, 0);
      const parts: BoxParts = { walls, tools, limits, ceilings, memoryGroups: null, users };
      if (walls.dropsUser) await letThrough(scratchDirectory);
      const openings = await proveWalls(parts, scratchDirectory, programs);
      const memoryGroups = await memoryGroupsFor(parts, refused);
      if (walls.dropsUser) shareWithBoxes();
      const found = memoryGroups === null ? [...openings, "memory" as const] : openings;
      const name = memoryGroups !== null && rung === "bubblewrap" ? "bubblewrap-cgroup" : rung;
      const finding = { rung: name, open: found, refused, limits };
      const limitsFor = (expectedBytes: number): BoxLimits => ({
        ...limits,
        memoryBytes: memoryBound(limits.memoryBytes, expectedBytes, memoryMostBytes),
      });
      const open = (expected: number) => openBox({ ...parts, memoryGroups, limits: limitsFor(expected) }, limitsFor);
      return { finding, open };
    } catch (error) {
      const how = walls.dropsUser && rung !== "bubblewrap" ? "as another user: " : "";
      refused.push({ rung, reason: `${how}${reasonOf(error)}` });
    }
  }
  return noSandbox(limits, refused, launcher);
}

/** Null where this host lets the runner make none, which is noted. */
async function memoryGroupsFor(parts: BoxParts, refused: Refused[]): Promise<MemoryGroups | null> {
  try {
    return await proveMemoryGroups(parts);
  } catch (error) {
    refused.unshift({ rung: "bubblewrap-cgroup", reason: reasonOf(error) });
    return null;
  }
}

/** Users for so many boxes at once. Throws where this process can become none of them. */
function usersFrom(wanted: number, count: number): BoxUsers {
  const first = firstUserOf(wanted, count);
  if (first === null) throw new Error(`this container maps no ${count} users that programs could be run as`);
  return new BoxUsers(first, count);
}

function wallTools(): WallTools | null {
  const [sh, prlimit, setpriv] = [findProgram("/bin/sh"), findProgram("prlimit"), findProgram("setpriv")];
  return sh === null || prlimit === null || setpriv === null ? null : { sh, prlimit, setpriv };
}
