import type { Command } from "commander";
import { z } from "zod";
import type { Event } from "../../contracts/event.ts";
import { EventType } from "../../contracts/event.ts";
import { withoutControls } from "../../contracts/text.ts";
import { JobId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { type Cli, connect } from "../cli.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatTime } from "../terminal/units.ts";
import { printTable } from "./list.ts";

const EventsOptions = z.object({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  type: EventType.optional(),
  job: JobId.optional(),
  limit: wholeNumber(1, limits.pageSizeMax),
  follow: z.boolean().default(false),
});

export function addEvents(program: Command, cli: Cli): void {
  const { output, signal } = cli;
  program
    .command("events")
    .description("What happened, oldest first; with --follow, what happens from now on.")
    .option("-f, --follow", "go on until Ctrl-C")
    .option("--after <sequence>", "from behind this one on")
    .option("--type <type>", "only these, such as job.succeeded")
    .option("--job <id>", "only those of this job")
    .option("-n, --limit <count>", "at most this many, without --follow", String(limits.pageSizeDefault))
    .action(async (_options: unknown, command: Command) => {
      const { after, type, job, limit, follow } = optionsOf(command, EventsOptions);
      const client = connect(cli, command);
      const wanted = {
        ...(after === undefined ? {} : { after }),
        ...(type === undefined ? {} : { type }),
        ...(job === undefined ? {} : { jobId: job }),
      };
      if (follow) for await (const event of client.events.follow(wanted, signal)) printOne(output, event);
      else printPage(output, (await client.events.list({ ...wanted, limit }, signal)).items);
    });
}

function printPage(output: Output, events: readonly Event[]): void {
  for (const event of events) output.jsonLine(event);
  printTable(output, eventColumns(output.out), events);
}

/** A line at a time: nobody knows yet how wide the next ones are. */
function printOne(output: Output, event: Event): void {
  output.jsonLine(event);
  output.line(
    eventColumns(output.out)
      .map(({ cell }) => cell(event))
      .join("  "),
  );
}

function eventColumns(style: Style): Column<Event>[] {
  return [
    { title: "SEQUENCE", cell: ({ sequence }) => String(sequence), align: "right" },
    { title: "AT", cell: ({ at }) => style.dim(formatTime(at)) },
    { title: "EVENT", cell: ({ type }) => type },
    { title: "OF", cell: ({ data }) => data.jobId ?? data.batchId ?? data.assetId ?? data.webhookId ?? "" },
    { title: "NOTE", cell: ({ data }) => (data.error ? style.red(withoutControls(data.error.code)) : "") },
  ];
}
