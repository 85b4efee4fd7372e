import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxRung } from "@reelway/shared/contracts/sandbox";
import { containerWalls, limitWalls } from "./bare.ts";
import { bubblewrapWalls } from "./bubblewrap.ts";
import { landlockWalls } from "./landlock.ts";
import { namespaceWalls } from "./namespaces.ts";
import { findProgram } from "./programs.ts";
import { type FilterKind, filterKinds, seccompFilter } from "./seccomp/filter.ts";
import { type Architecture, architectures } from "./seccomp/system-calls.ts";
import type { UserChoice, Walls, WallTools } from "./walls.ts";

/** Walls to be tried, from the best down; or why there can be none of this kind. */
export type Step = Walls | { readonly rung: SandboxRung; readonly missing: string };

export interface LadderOptions {
  readonly tools: WallTools;
  /** Where the filters are written; the runner's own. */
  readonly directory: string;
  readonly morePaths: readonly string[];
  readonly isRoot: boolean;
  /** The media engine's program; null on a host without one. */
  readonly engine: string | null;
}

export async function ladder(options: LadderOptions): Promise<Step[]> {
  const { tools, isRoot } = options;
  const unshare = findProgram("unshare");
  const below = (choice: UserChoice): Step[] => [
    landlockStep(options, choice),
    unshare === null
      ? { rung: "namespaces", missing: "unshare is not installed (apt-get install util-linux)" }
      : namespaceWalls({ ...tools, unshare, ...choice }),
    containerWalls(tools, choice),
    limitWalls(tools, choice),
  ];
  const kept = below({ isRoot, dropsUser: false });
  // Each as another user first: not every host lets a runner that is root change its user, or that user through to the scratch.
  const steps = isRoot ? below({ isRoot, dropsUser: true }).flatMap((step, place) => pair(step, kept[place])) : kept;
  return [await bubblewrapStep(options), ...steps];
}

function pair(first: Step, second: Step | undefined): Step[] {
  return second === undefined || "missing" in first ? [first] : [first, second];
}

const unknownArchitecture = `there is no filter of system calls for ${process.arch}`;

async function bubblewrapStep({ tools, directory, morePaths, isRoot }: LadderOptions): Promise<Step> {
  const bwrap = findProgram("bwrap");
  const architecture = architectures[process.arch];
  if (bwrap === null)
    return { rung: "bubblewrap", missing: "bubblewrap is not installed (apt-get install bubblewrap)" };
  if (architecture === undefined) return { rung: "bubblewrap", missing: unknownArchitecture };
  const filters = await writeFilters(architecture, directory);
  return bubblewrapWalls({ ...tools, bwrap, morePaths, isRoot, filters });
}

function landlockStep({ tools, engine, morePaths }: LadderOptions, choice: UserChoice): Step {
  const program = engine === null ? null : findProgram(engine);
  const architecture = architectures[process.arch];
  if (program === null) return { rung: "landlock", missing: "there is no media engine, which sets it up" };
  if (architecture === undefined) return { rung: "landlock", missing: unknownArchitecture };
  return landlockWalls({ ...tools, ...choice, engine: program, architecture, morePaths });
}

/** Each whole or not at all: a box that is begun meanwhile, by this runner or beside its doctor, reads the old or the new one. */
async function writeFilters(architecture: Architecture, directory: string): Promise<Record<FilterKind, string>> {
  const pathOf = (kind: FilterKind) => join(directory, `seccomp-${kind}.bpf`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const kind of filterKinds) {
    const draft = `${pathOf(kind)}.${randomUUID()}`;
    await writeFile(draft, seccompFilter(architecture, { kind, startsProcesses: true }), { mode: 0o600 });
    await rename(draft, pathOf(kind));
  }
  return { offline: pathOf("offline"), network: pathOf("network"), devices: pathOf("devices") };
}
