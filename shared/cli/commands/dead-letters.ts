import type { Command } from "commander";
import { z } from "zod";
import type { Attempt, DeadLetter, DeadLetterOutcomes, DeadLetterSelection } from "../../contracts/dead-letter.ts";
import { withoutControls, withoutControlsInLines } from "../../contracts/text.ts";
import { errorCodes } from "../../errors/catalogue.ts";
import { JobId, TenantId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { checked, SomeRefused, UsageError } from "../failures.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import { programLines } from "../program-lines.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge, formatDuration } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const HOUR_MS = 3_600_000;
const Filters = z.object({
  code: z.enum(errorCodes).optional(),
  preset: z.string().optional(),
  region: RegionId.optional(),
  tenant: TenantId.optional(),
  hours: wholeNumber(1, 100_000).optional(),
});
const ListFilters = ListOptions.extend(Filters.shape).extend({ discarded: z.boolean().default(false) });
const SelectOptions = Filters.extend({ limit: wholeNumber(1, 500).optional() });
const idOf = (text: string) => checked(JobId, text, text);

export function addDeadLetters(program: Command, cli: Cli): void {
  const deadLetters = program.command("dead-letters").description("See failed jobs, and run them again.");
  const { output, signal } = cli;

  withFilters(withListOptions(deadLetters.command("ls").description("List failed jobs, newest first.")))
    .option("--discarded", "those that were discarded instead")
    .action(async (_options: unknown, command: Command) => {
      const { limit, all, discarded, ...filters } = optionsOf(command, ListFilters);
      const client = connect(cli, command);
      const columns = deadLetterColumns(output.out, Date.now());
      const wanted = { ...filterOf(filters), discarded: discarded ? ("true" as const) : ("false" as const) };
      await printList(output, { limit, all }, columns, (query) =>
        client.deadLetters.list({ ...wanted, ...query }, signal),
      );
    });

  deadLetters
    .command("show")
    .description("Show a failed job with the end of each attempt's log.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const letter = await connect(cli, command).deadLetters.get(idOf(id), signal);
      output.jsonLine(letter);
      const { error, attempts } = letter;
      const source = withoutControls(letter.sourceName ?? "?");
      output.line(`${letter.id}  ${source}  ${withoutControls(letter.preset ?? letter.kind)}  ${letter.region}`);
      if (error) output.line(`${output.out.red(error.code)}  ${withoutControls(error.message)}`);
      for (const attempt of attempts ?? []) printAttempt(output, attempt);
      if (attempts === null) {
        output.note(output.err.dim("Its attempts are not known any more."));
        if (error?.program) for (const line of programLines(error.program, output.out)) output.line(line);
      }
    });

  for (const verb of ["replay", "discard"] as const)
    withFilters(
      deadLetters
        .command(verb)
        .description(verb === "replay" ? "Run failed jobs again." : "Take failed jobs off the list; none is deleted.")
        .argument("[ids...]", "or a filter"),
    )
      .option("-n, --limit <count>", "at most this many, newest first; with a filter")
      .action(async (ids: string[], _options: unknown, command: Command) => {
        const selection = selectionOf(ids.map(idOf), optionsOf(command, SelectOptions));
        printOutcomes(output, await connect(cli, command).deadLetters[verb](selection, signal));
      });
}

function withFilters(command: Command): Command {
  return command
    .option("--code <code>", "only with this error")
    .option("--preset <name>", "only of this preset: a name, or name@version")
    .option("--region <id>", "only of this region")
    .option("--tenant <id>", "only of this tenant; platform admins and operators only")
    .option("--hours <count>", "only of the last hours");
}

function filterOf({ code, preset, region, tenant, hours }: z.output<typeof Filters>) {
  return {
    ...(code === undefined ? {} : { code }),
    ...(preset === undefined ? {} : { preset }),
    ...(region === undefined ? {} : { region }),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(hours === undefined ? {} : { since: Date.now() - hours * HOUR_MS }),
  };
}

/** Ids, or a filter that says something: all of them at once must be meant. */
function selectionOf(ids: string[], { limit, ...filters }: z.output<typeof SelectOptions>): DeadLetterSelection {
  const filter = filterOf(filters);
  const filtered = Object.keys(filter).length > 0;
  if (ids.length > 0 === filtered)
    throw new UsageError("Give ids or a filter, one of them", { remedy: "For example --code encode_failed." });
  return filtered ? { filter, ...(limit === undefined ? {} : { limit }) } : { ids };
}

/** Throws where some were refused: a script must not take that for done. */
function printOutcomes(output: Output, { items, done, refused }: DeadLetterOutcomes): void {
  for (const item of items) {
    output.jsonLine(item);
    output.line(`${item.id}  ${item.outcome}${item.code === null ? "" : `  ${item.code}`}`);
  }
  output.note(output.err.dim(`${done} done.`));
  if (refused > 0) throw new SomeRefused(`${refused} of ${items.length} refused`);
}

function printAttempt(output: Output, { attempt, runnerId, startedAt, endedAt, outcome, error }: Attempt): void {
  const { bold, dim } = output.out;
  output.line("");
  output.line(
    `${bold(`Attempt ${attempt}`)}  ${outcome} after ${formatDuration(endedAt - startedAt)}  ${dim(runnerId)}`,
  );
  if (error) output.line(`${error.code}  ${withoutControls(error.message)}`);
  if (error?.logTail) output.line(dim(withoutControlsInLines(error.logTail)));
  if (error?.program) for (const line of programLines(error.program, output.out)) output.line(line);
}

function deadLetterColumns(style: Style, now: number): Column<DeadLetter>[] {
  return [
    { title: "JOB", cell: ({ id }) => id },
    { title: "SOURCE", cell: ({ sourceName }) => withoutControls(sourceName ?? "?") },
    { title: "ERROR", cell: ({ error }) => style.red(error?.code ?? "?") },
    { title: "MAKES", cell: ({ preset, kind }) => withoutControls(preset ?? kind) },
    { title: "TRIES", cell: ({ attempt }) => String(attempt), align: "right" },
    {
      title: "FAILED",
      cell: ({ finishedAt }) => (finishedAt === null ? "?" : formatAge(finishedAt, now)),
      align: "right",
    },
    { title: "TENANT", cell: ({ tenantId }) => tenantId },
  ];
}
