import type { Command } from "commander";
import { z } from "zod";
import { AssetId, ConnectionId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { orderOf, RecipeOptions, readSpec, recipeOf } from "../convert/job-request.ts";
import { namedSourceOf } from "../convert/named-source.ts";
import { withRecipeFlags } from "../convert/recipe-flags.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import { watchToEnd } from "./watch-to-end.ts";

const CreateOptions = RecipeOptions.extend({
  connection: ConnectionId.optional(),
  watch: z.boolean().default(false),
});

export function addJobCreate(jobs: Command, cli: Cli): void {
  const { output, signal } = cli;
  withRecipeFlags(
    jobs
      .command("create")
      .description("Start a job and print its id; nothing is uploaded or downloaded here.")
      .argument("<SOURCE>", "an asset's id or an https URL; with --connection, a key in that bucket")
      .option("--connection <id>", "a bucket of yours (reelway connections ls)")
      .option("-w, --watch", "follow it to its end"),
  ).action(async (text: string, _options: unknown, command: Command) => {
    const options = optionsOf(command, CreateOptions);
    const source = namedSourceOf(text, options.connection) ?? { assetId: checked(AssetId, text, text) };
    const order = orderOf(recipeOf(options, undefined, await readSpec(options.spec)), options);
    const client = connect(cli, command);
    const job = await client.jobs.create({ ...source, ...order }, { signal });
    output.jsonLine(job);
    output.line(job.id);
    if (options.watch) await watchToEnd(cli, client, job.id);
  });
}
