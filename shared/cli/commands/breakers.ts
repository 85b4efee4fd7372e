import type { Command } from "commander";
import { type Breaker, BreakerKey } from "../../contracts/breaker.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";
import { printTable } from "./list.ts";

export function addBreakers(program: Command, cli: Cli): void {
  const breakers = program.command("breakers").description("See who is paused because their work keeps failing.");
  const { output, signal } = cli;

  breakers
    .command("ls")
    .description("List paused runners, presets and tenants.")
    .action(async (_options: unknown, command: Command) => {
      const { items, unreachable } = await connect(cli, command).breakers.list(signal);
      for (const breaker of items) output.jsonLine(breaker);
      printTable(output, breakerColumns(output.out, Date.now()), items);
      noteUnreachable(output, unreachable);
    });

  breakers
    .command("reset")
    .description("Let one work again at once.")
    .argument("<key>")
    .action(async (key: string, _options: unknown, command: Command) => {
      const done = await connect(cli, command).breakers.reset(checked(BreakerKey, key, key), signal);
      output.jsonLine(done);
      output.line(`${done.key}  reset`);
      noteUnreachable(output, done.unreachable);
    });
}

function noteUnreachable(output: Output, shards: readonly string[]): void {
  if (shards.length > 0) output.note(output.err.yellow(`No answer from ${shards.join(", ")}.`));
}

function breakerColumns(style: Style, now: number): Column<Breaker>[] {
  return [
    { title: "WHO", cell: ({ key }) => key },
    { title: "REGION", cell: ({ region }) => region },
    { title: "STATE", cell: ({ state }) => (state === "open" ? style.red("paused") : style.yellow("on trial")) },
    { title: "SINCE", cell: ({ openedAt }) => formatAge(openedAt, now), align: "right" },
    { title: "NEXT TRY", cell: ({ retryAt }) => (retryAt > now ? formatTime(retryAt) : "with the next task") },
    { title: "JOBS", cell: ({ failedJobs }) => String(failedJobs.length), align: "right" },
    { title: "LAST ERROR", cell: ({ lastCode }) => lastCode },
  ];
}
