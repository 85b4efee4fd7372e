import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { z } from "zod";
import type { Client } from "../../client/client.ts";
import type { Batch } from "../../contracts/batch.ts";
import { AssetId, BatchId, ConnectionId } from "../../ids.ts";
import { JobState } from "../../jobs/state-machine.ts";
import { type Cli, connect } from "../cli.ts";
import { orderOf, RecipeOptions, readSpec, recipeOf } from "../convert/job-request.ts";
import { type NamedSource, namedSourceOf } from "../convert/named-source.ts";
import { withRecipeFlags } from "../convert/recipe-flags.ts";
import { BatchEndedBadly, checked, UsageError, unreadable } from "../failures.ts";
import { optionsOf } from "../options.ts";
import { batchColumns, countsOf, printBatch } from "./batch-columns.ts";
import { jobColumns } from "./job-columns.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const CreateOptions = RecipeOptions.extend({
  name: z.string().optional(),
  from: z.string().optional(),
  connection: ConnectionId.optional(),
  watch: z.boolean().default(false),
});
const JobsOptions = ListOptions.extend({ state: JobState.optional() });
const pollMs = 2_000;
const idOf = (text: string) => checked(BatchId, text, text);

export function addBatches(program: Command, cli: Cli): void {
  const batches = program.command("batches").description("Work on many sources at once, one job each.");
  addCreate(batches, cli);
  addReading(batches, cli);
  addSteering(batches, cli);
}

function addCreate(batches: Command, cli: Cli): void {
  const { output, signal } = cli;
  withRecipeFlags(
    batches
      .command("create")
      .description("Start one job for each source and print the batch's id.")
      .argument("[SOURCES...]", "assets' ids or https URLs; with --connection, keys in that bucket")
      .option("--from <file>", "sources from a file, one a line; - for stdin")
      .option("--connection <id>", "a bucket of yours (reelway connections ls)")
      .option("--name <name>", "what it is called")
      .option("-w, --watch", "wait for its end; the exit code tells whether all succeeded"),
  ).action(async (given: string[], _options: unknown, command: Command) => {
    const options = optionsOf(command, CreateOptions);
    const texts = [...given, ...(options.from === undefined ? [] : await linesOf(options.from))];
    if (texts.length === 0) throw new UsageError("Give sources, or --from a file of them");
    const sources = texts.map((text) => sourceOf(text, options.connection));
    const job = orderOf(recipeOf(options, undefined, await readSpec(options.spec)), options);
    const client = connect(cli, command);
    const request = { sources, job, ...(options.name === undefined ? {} : { name: options.name }) };
    const batch = await client.batches.create(request, { signal });
    output.jsonLine(batch);
    output.line(batch.id);
    if (options.watch) await watch(cli, client, batch.id);
  });
}

function addReading(batches: Command, cli: Cli): void {
  const { output, signal } = cli;

  withListOptions(batches.command("ls").description("List batches, newest first.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      await printList(output, optionsOf(command, ListOptions), batchColumns(output.out, Date.now()), (query) =>
        client.batches.list(query, signal),
      );
    },
  );

  batches
    .command("show")
    .description("Show one batch: its jobs by state.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printBatch(output, await connect(cli, command).batches.get(idOf(id), signal));
    });

  withListOptions(batches.command("jobs").description("List the jobs of a batch."))
    .argument("<id>")
    .option("--state <state>", JobState.options.join(", "))
    .action(async (id: string, _options: unknown, command: Command) => {
      const { state, ...list } = optionsOf(command, JobsOptions);
      const client = connect(cli, command);
      const filter = state === undefined ? {} : { state };
      await printList(output, list, jobColumns(output.out, Date.now()), (query) =>
        client.batches.jobs(idOf(id), { ...filter, ...query }, signal),
      );
    });

  batches
    .command("watch")
    .description("Wait for a batch's end; the exit code tells whether all succeeded.")
    .argument("<id>")
    .action((id: string, _options: unknown, command: Command) => watch(cli, connect(cli, command), idOf(id)));
}

function addSteering(batches: Command, cli: Cli): void {
  const { output, signal } = cli;

  batches
    .command("cancel")
    .description("Cancel what of a batch has not ended.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printBatch(output, await connect(cli, command).batches.cancel(idOf(id), signal));
    });

  batches
    .command("retry-failed")
    .description("Run the failed jobs of a batch again.")
    .argument("<id>")
    .option("-w, --watch", "wait for its end")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { watch: watched } = optionsOf(command, z.object({ watch: z.boolean().default(false) }));
      const client = connect(cli, command);
      printBatch(output, await client.batches.retryFailed(idOf(id), signal));
      if (watched) await watch(cli, client, id);
    });
}

function sourceOf(text: string, connection: string | undefined): NamedSource {
  return namedSourceOf(text, connection) ?? { assetId: checked(AssetId, text, text) };
}

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path === "-" ? "/dev/stdin" : path, "utf8").catch(unreadable(path));
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

async function watch({ output, signal }: Cli, client: Client, id: string): Promise<void> {
  let told = "";
  for (;;) {
    const batch: Batch = await client.batches.get(id, signal);
    const counts = countsOf(batch);
    if (counts !== told) {
      output.jsonLine(batch);
      output.note(`  ${Math.floor(batch.progress.percent)} %  ${counts}`);
      told = counts;
    }
    if (batch.state === "running") {
      await sleep(pollMs, undefined, { signal });
      continue;
    }
    if (batch.state !== "succeeded") throw new BatchEndedBadly(id, batch.state);
    output.line(`${id}  ${batch.state}`);
    return;
  }
}
