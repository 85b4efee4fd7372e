import { escapedJson } from "../log/json-line.ts";
import { LiveLine } from "./terminal/live-line.ts";
import { type Style, styleFor } from "./terminal/style.ts";

export interface Terminal {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

/**
 * Where everything that the CLI says goes: results to stdout, the way there to stderr. With --json, stdout carries one
 * JSON object a line and nothing else is said.
 */
export interface Output {
  readonly json: boolean;
  /** Styles for stdout and stderr: plain text where the stream is no terminal. */
  readonly out: Style;
  readonly err: Style;
  /** The line at the bottom of a terminal that changes in place. */
  readonly live: LiveLine;
  /** A result for people. Text of others' must have gone through withoutControls. */
  line(text: string): void;
  /** A remark on the way, for people. */
  note(text: string): void;
  /** A result for programs. */
  jsonLine(value: unknown): void;
}

export function createOutput(stdout: Terminal, stderr: Terminal, env: NodeJS.ProcessEnv, json: boolean): Output {
  const err = styleFor(stderr, env);
  const live = new LiveLine(stderr, !json && stderr.isTTY === true && env.TERM !== "dumb");
  return {
    json,
    out: styleFor(stdout, env),
    err,
    live,
    line: (text) => {
      if (json) return;
      live.clear();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      if (json) return;
      live.clear();
      stderr.write(`${text}\n`);
    },
    jsonLine: (value) => void (json && stdout.write(`${escapedJson(JSON.stringify(value))}\n`)),
  };
}
