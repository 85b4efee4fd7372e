import type { Command } from "commander";
import { z } from "zod";
import { ApiError } from "../../client/api-error.ts";
import type { Client } from "../../client/client.ts";
import type { JobSpec } from "../../contracts/job-spec.ts";
import { AssetId, ConnectionId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { convert } from "../convert/convert.ts";
import { checkDestination, destinationOf, extensionMismatch } from "../convert/destination.ts";
import { changedSpec, type Recipe, RecipeOptions, readSpec, recipeOf } from "../convert/job-request.ts";
import { type NamedSource, namedSourceOf, nameOfSource } from "../convert/named-source.ts";
import { withRecipeFlags } from "../convert/recipe-flags.ts";
import { UsageError } from "../failures.ts";
import { openSource } from "../files/source-file.ts";
import { optionsOf } from "../options.ts";

const ConvertOptions = RecipeOptions.extend({
  out: z.string().min(1).optional(),
  allOutputs: z.string().min(1).optional(),
  force: z.boolean().default(false),
  region: RegionId.optional(),
  asset: AssetId.optional(),
  connection: ConnectionId.optional(),
});

export function addConvert(program: Command, cli: Cli): void {
  withRecipeFlags(
    program
      .command("convert")
      .summary("convert a file: upload, transcode, download, check")
      .description(
        "Converts FILE on a runner, downloads the result and checks it. A URL is fetched by a runner, any other FILE is uploaded. Ctrl-C cancels the job.",
      )
      .argument("[FILE]", "the video to convert, or its https URL; left out with --asset")
      .option("-o, --out <OUT>", "where to save it; default: beside FILE, named by the preset")
      .option("-f, --force", "replace OUT if it exists")
      .option("--all-outputs <DIR>", "save every output (poster, metadata, …) into DIR"),
  )
    .option("--asset <id>", "convert an asset that is uploaded already")
    .option("--connection <id>", "FILE is a key in this bucket of yours")
    .option("--region <id>", "where to keep and convert it; default: the nearest")
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf(command, ConvertOptions);
      const named = sourceNamedBy(file, options);
      const source = named ?? (await openSource(file ?? ""));
      const recipe = recipeOf(options, options.out, await readSpec(options.spec));

      const client = connect(cli, command);
      const spec = await specOf(client, recipe, cli.signal);
      const destination = destinationOf({
        source: named ? nameOfSource(named) : (file ?? ""),
        label: recipe.preset ?? spec.kind,
        spec,
        out: options.out,
        allOutputs: options.allOutputs,
      });
      checkDestination(destination, options.force);
      const remark = extensionMismatch(destination, spec);
      if (remark !== undefined) cli.output.note(`${cli.output.err.yellow("!")} ${remark}`);

      const { region, force: overwrite } = options;
      await convert(cli, client, { source, region, recipe, options, destination, overwrite });
    });
}

/** What needs no upload; undefined for a local file. */
function sourceNamedBy(
  file: string | undefined,
  { asset, connection }: z.infer<typeof ConvertOptions>,
): NamedSource | undefined {
  if ((file === undefined) === (asset === undefined)) throw new UsageError("Give FILE or --asset, one of them");
  return asset === undefined ? namedSourceOf(file ?? "", connection) : { assetId: asset };
}

/** The spec that the job will have: known, and found wrong, before a single byte is sent. */
async function specOf(client: Client, recipe: Recipe, signal: AbortSignal): Promise<JobSpec> {
  if (recipe.preset === undefined) return recipe.spec;
  const { spec } = await client.presets.get(recipe.preset, signal).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
    throw new UsageError(`There is no preset ${recipe.preset}`, { remedy: "`reelway presets ls` lists them." });
  });
  return recipe.overrides === undefined
    ? spec
    : changedSpec(spec, recipe.overrides, `${recipe.preset} with these --set`);
}
