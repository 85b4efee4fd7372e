import type { SandboxRung } from "@reelway/shared/contracts/sandbox";

/** What a program in a box may reach. All else of the host is closed, as far as the host has the means. Paths are absolute. */
export interface Reach {
  /** Files and directories that it may read. */
  readonly reads: readonly string[];
  /** Directories that it may write. */
  readonly writes: readonly string[];
  /** Where it starts: one of these directories. */
  readonly cwd: string;
  /** Only for what speaks HTTP itself: the media engine, told a URL. */
  readonly network?: boolean;
  /** Nodes below /dev that it works with. */
  readonly devices?: readonly string[];
  /** It maps files as a whole, however long: its memory is then no measure of its address space, nor its files of the disk. */
  readonly mapsFiles?: boolean;
}

/** Bounds of one program in a box. */
export interface BoxLimits {
  readonly memoryBytes: number;
  readonly fileBytes: number;
  readonly openFiles: number;
  readonly processes: number;
  readonly cpuSeconds: number;
}

/** Whose rights programs of a box have, where the runner itself is root. */
export interface BoxUser {
  readonly uid: number;
  readonly gid: number;
}

export interface BoxedCommand {
  readonly command: readonly [string, ...string[]];
  /** What it needs of its environment, before what every child is given. */
  readonly environment: Readonly<Record<string, string>>;
  /** Tidies up after its end. Returns the most memory that it held, bytes, where that was counted. */
  readonly ended: () => number | null;
}

/** Where the programs of one task run. */
export interface Box {
  /** Who must own what they write; null: the runner's own user. */
  readonly user: BoxUser | null;
  /** The words that run a program in this box. Throws runner_error where there is no such program. */
  readonly enclose: (program: string, args: readonly string[], reach: Reach) => BoxedCommand;
  /** Its task is known by now to need so much memory, bytes: programs that start from here on are bounded by that. */
  readonly expect: (bytes: number) => void;
  /** Gives the box's user back. */
  readonly close: () => void;
}

/** What a program gets at although it should not. */
export const openings = [
  "files",
  "system",
  "writes",
  "network",
  "services",
  "processes",
  "privileges",
  "system_calls",
  "memory",
] as const;
export type Opening = (typeof openings)[number];

/** What this host's sandbox is, and why it is no better one. */
export interface SandboxFinding {
  readonly rung: SandboxRung;
  /** What stays open, as it was tried. */
  readonly open: readonly Opening[];
  /** Better means that this host has not, each with its reason. */
  readonly refused: readonly { readonly rung: SandboxRung; readonly reason: string }[];
  readonly limits: BoxLimits;
}

/** The host's means to confine programs, chosen once at start. */
export interface Sandbox {
  readonly finding: SandboxFinding;
  /** A box for a task that is expected to need so much memory, bytes. */
  readonly open: (expectedBytes: number) => Box;
}
