import { type Box, type BoxLimits, openings, type Sandbox, type SandboxFinding } from "./box.ts";

/** No box at all: programs run as the runner does. `launcher` stands before each. */
export function unconfinedBox(launcher: readonly string[] = []): Box {
  return {
    user: null,
    enclose: (program, args) => {
      const [first, ...words] = [...launcher, program, ...args];
      return { command: [first ?? program, ...words], environment: {}, ended: () => null };
    },
    expect: () => {},
    close: () => {},
  };
}

/** The sandbox of a host that has none, or was told to use none. */
export function noSandbox(
  limits: BoxLimits,
  refused: SandboxFinding["refused"],
  launcher: readonly string[] = [],
): Sandbox {
  return { finding: { rung: "none", open: openings, refused, limits }, open: () => unconfinedBox(launcher) };
}
