import { statSync } from "node:fs";
import type { BoxUser } from "./box.ts";
import type { UserChoice, Walls } from "./walls.ts";

/** A parent-death signal ends a program even when the runner is killed with SIGKILL. */
export const dyingWith = ["--pdeathsig", "KILL"] as const;

/** The words that take every right from a program, and root's user from a runner that is root; `more` of setpriv's before them. */
export function dropWords(
  setpriv: string,
  user: BoxUser | null,
  devices: readonly string[] = [],
  more: readonly string[] = [],
): string[] {
  return [
    ...[setpriv, ...more, "--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"],
    ...(user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, ...groupWords(devices)]),
    "--",
  ];
}

/**
 * The same for a program that no wall ends with the runner: a parent's death signal does, even when the runner is killed. It is
 * set last, since whoever becomes another user loses it. Root that stays root keeps its rights, by which it has its files.
 */
export function becomingWords(setpriv: string, { isRoot, dropsUser }: UserChoice): Walls["before"] {
  if (isRoot && !dropsUser) return () => [setpriv, "--no-new-privs", ...dyingWith, "--"];
  return (user, { devices }) => dropWords(setpriv, user, devices, dyingWith);
}

const OTHERS_MAY = 0o006;

/** Devices are opened by their group, such as `render`; never root's, and none for what everybody may open. */
function groupWords(devices: readonly string[]): string[] {
  const nodes = devices.flatMap((path) => statSync(path, { throwIfNoEntry: false }) ?? []);
  const groups = new Set(nodes.filter(({ gid, mode }) => gid !== 0 && (mode & OTHERS_MAY) === 0).map(({ gid }) => gid));
  return groups.size === 0 ? ["--clear-groups"] : [`--groups=${[...groups].join(",")}`];
}
