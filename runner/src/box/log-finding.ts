import type { Logger } from "pino";
import type { SandboxFinding } from "./box.ts";
import { isTight } from "./open-sandbox.ts";

/** Says which sandbox a runner works in, what stays open, and why it is no better one. */
export function logFinding(finding: SandboxFinding, log: Logger): void {
  const { rung, open, refused, limits } = finding;
  const holds = isTight(finding);
  const words = holds
    ? "programs that open media are held in a sandbox"
    : "programs that open media can reach parts of this host: docs/sandbox.md";
  log[holds ? "info" : "warn"]({ sandbox: rung, open, refused, limits }, words);
}
