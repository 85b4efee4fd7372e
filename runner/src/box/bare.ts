import { becomingWords, dyingWith } from "./dropped-rights.ts";
import type { UserChoice, Walls, WallTools } from "./walls.ts";

/** Inside a container whose own walls hold: a read-only root and no rights. Files of the runner and the network stay open. */
export function containerWalls(tools: WallTools, choice: UserChoice): Walls {
  return { ...bare(tools, choice), rung: "container", closes: ["system", ...withoutRoot(choice)] };
}

/** Bounds of resources alone. */
export function limitWalls(tools: WallTools, choice: UserChoice): Walls {
  return { ...bare(tools, choice), rung: "limits", closes: [] };
}

/** Root that stays root has rights, whatever else is taken from it. */
export function withoutRoot({ isRoot, dropsUser }: UserChoice): readonly "privileges"[] {
  return isRoot && !dropsUser ? [] : ["privileges"];
}

function bare({ setpriv }: WallTools, choice: UserChoice): Pick<Walls, "dropsUser" | "around" | "before"> {
  return { dropsUser: choice.dropsUser, around: () => [], before: becomingWords(setpriv, choice) };
}

/** The words by which a program ends with the runner. */
export function dyingWithRunner(setpriv: string): string[] {
  return [setpriv, ...dyingWith, "--"];
}
