import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "../failures.ts";

interface Source {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** The lines of a stream that is no terminal: read once, since what one reader has buffered another never sees. */
const pipes = new WeakMap<NodeJS.ReadStream, AsyncIterator<string>>();

/**
 * A secret that must stand in no process list: from an environment variable, typed without an echo, or the next line
 * of stdin where that is no terminal.
 * @throws UsageError when there is none.
 */
export async function readSecret(
  { stdin, stderr, env }: Source,
  { variable, prompt }: { variable: string; prompt: string },
): Promise<string> {
  const text = env[variable] || (stdin.isTTY ? await typed(stdin, stderr, prompt) : await nextLine(stdin));
  if (text) return text;
  throw new UsageError(`${prompt} is missing`, { remedy: `Type it, pipe it to stdin, or set ${variable}.` });
}

async function typed(stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, prompt: string): Promise<string> {
  stderr.write(`${prompt}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true });
  try {
    return await new Promise((resolve) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    });
  } finally {
    lines.close();
    stderr.write("\n");
  }
}

async function nextLine(stdin: NodeJS.ReadStream): Promise<string> {
  const lines = pipes.get(stdin) ?? createInterface({ input: stdin })[Symbol.asyncIterator]();
  pipes.set(stdin, lines);
  // A pipe that stays open must not keep the process alive. Files, such as /dev/null, have no such handle.
  const pipe = stdin instanceof Socket ? stdin : undefined;
  pipe?.ref();
  const { value, done } = await lines.next();
  pipe?.unref();
  return done ? "" : value;
}
