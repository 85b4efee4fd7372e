import { resolve } from "node:path";
import type { Cli } from "./cli.ts";
import { exitCodes } from "./exit-codes.ts";
import { Interrupted } from "./failures.ts";
import { PartFiles } from "./files/part-files.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";
import { reportFailure } from "./report.ts";

// `reelway jobs ls | head -1`: the reader has what it wanted. EIO: the terminal is gone.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "EIO") process.exit();
    throw error;
  });

const cli: Cli = {
  // Known before the command line is parsed, since its errors are told in the same form.
  output: createOutput(process.stdout, process.stderr, process.env, process.argv.includes("--json")),
  signal: listenForInterrupts(process),
  partFiles: new PartFiles(process),
  env: process.env,
  cwd: process.cwd(),
  checkout: resolve(import.meta.dirname, "../.."),
};
process.on("exit", () => cli.output.live.stop());

try {
  await createProgram(cli).parseAsync();
  process.exitCode = exitCodes.ok;
} catch (error) {
  // What an abort looks like depends on what was going on; what it means does not.
  process.exitCode = reportFailure(cli.signal.aborted ? new Interrupted() : error, cli.output);
}
