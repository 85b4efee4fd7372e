import type { Command } from "commander";
import { type Cli, connectWithoutKey } from "../cli.ts";
import { readSecret } from "../terminal/secret-input.ts";

export function addBootstrap(program: Command, cli: Cli): void {
  const { output } = cli;
  program
    .command("bootstrap")
    .summary("make a new installation's first admin key")
    .description(
      "Makes the platform tenant and its first admin key, once (BOOTSTRAP_TOKEN, or typed). The key goes to stdout.",
    )
    .action(async (_options: unknown, command: Command) => {
      const source = { env: cli.env, stdin: process.stdin, stderr: process.stderr };
      const token = await readSecret(source, { variable: "BOOTSTRAP_TOKEN", prompt: "Bootstrap token" });
      const key = await connectWithoutKey(cli, command).bootstrap(token);
      output.jsonLine(key);
      if (key.secret !== null) output.line(key.secret);
      output.note(output.err.dim(`${key.id} · ${key.role} · shown this once: keep it in a safe place.`));
    });
}
