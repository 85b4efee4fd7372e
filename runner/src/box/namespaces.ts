import { dyingWithRunner, withoutRoot } from "./bare.ts";
import { becomingWords } from "./dropped-rights.ts";
import type { UserChoice, Walls, WallTools } from "./walls.ts";

export interface NamespaceParts extends WallTools, UserChoice {
  readonly unshare: string;
}

/** Without bubblewrap: no network, no other processes, no rights. The host's files stay as they are for who runs the program. */
export function namespaceWalls({ unshare, setpriv, ...choice }: NamespaceParts): Walls {
  return {
    rung: "namespaces",
    closes: ["network", "processes", ...withoutRoot(choice)],
    dropsUser: choice.dropsUser,
    around: (_program, { network }) => [
      // unshare must end with the runner, and the program with unshare.
      ...dyingWithRunner(setpriv),
      ...[unshare, ...(choice.isRoot ? [] : ["--map-root-user"]), ...(network ? [] : ["--net"])],
      ...["--ipc", "--uts", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child", "--"],
    ],
    before: becomingWords(setpriv, choice),
  };
}
