import type { SandboxRung } from "@reelway/shared/contracts/sandbox";
import type { BoxUser, Opening, Reach } from "./box.ts";

/** One way to confine a program: what it closes, and the words that do it. */
export interface Walls {
  readonly rung: SandboxRung;
  /** What must turn out closed, or these walls count for nothing. */
  readonly closes: readonly Opening[];
  /** Whether programs run as a user of their own, and not as the runner's. */
  readonly dropsUser: boolean;
  /** Stand before the limits and the program. `program` is its real path. */
  readonly around: (program: string, reach: Reach) => readonly string[];
  /** Stand between the limits and the program. */
  readonly before: (user: BoxUser | null, reach: Reach) => readonly string[];
}

/** Whether the runner is root, and programs then become another user. */
export interface UserChoice {
  readonly isRoot: boolean;
  readonly dropsUser: boolean;
}

/** Programs of the system that walls are made of: their real paths. */
export interface WallTools {
  readonly sh: string;
  readonly prlimit: string;
  readonly setpriv: string;
}
