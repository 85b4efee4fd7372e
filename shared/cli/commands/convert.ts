import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { z } from "zod";
import { ApiError } from "../../client/api-error.ts";
import type { Client } from "../../client/client.ts";
import type { JobSpec } from "../../contracts/job-spec.ts";
import { AssetId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { convert } from "../convert/convert.ts";
import { checkDestination, destinationOf, extensionMismatch } from "../convert/destination.ts";
import { changedSpec, type Recipe, RecipeOptions, recipeOf } from "../convert/job-request.ts";
import { UsageError } from "../failures.ts";
import { openSource } from "../files/source-file.ts";
import { optionsOf } from "../options.ts";

const ConvertOptions = RecipeOptions.extend({
  out: z.string().min(1).optional(),
  allOutputs: z.string().min(1).optional(),
  force: z.boolean().default(false),
  region: RegionId.optional(),
  asset: AssetId.optional(),
});

const collect = (value: string, before: string[] = []) => [...before, value];

export function addConvert(program: Command, cli: Cli): void {
  program
    .command("convert")
    .summary("convert a file: upload, transcode, download, check")
    .description("Uploads FILE, converts it on a runner, downloads the result and checks it. Ctrl-C cancels the job.")
    .argument("[FILE]", "the video to convert; left out with --asset")
    .option(
      "-p, --preset <name>",
      "what to make of it (reelway presets ls); default: by OUT's extension, else mp4-h264",
    )
    .option("-o, --out <OUT>", "where to save it; default: beside FILE, named by the preset")
    .option("-f, --force", "replace OUT if it exists")
    .option("--all-outputs <DIR>", "save every output (poster, metadata, …) into DIR")
    .option("-q, --quality <height>", "480p, 720p, 1080p or 2160p")
    .option(
      "--set <path=value>",
      "change one setting of the preset: --set trim.startSeconds=3 (again for more)",
      collect,
    )
    .option("--spec <file.json>", "a full job spec instead of a preset")
    .option("--asset <id>", "convert an asset that is uploaded already")
    .option("--priority <0-100>", "higher goes first; default 50")
    .option("--region <id>", "where to keep and convert it; default: the nearest")
    .option("--tag <tag>", "mark the job (again for more)", collect)
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf(command, ConvertOptions);
      if ((file === undefined) === (options.asset === undefined))
        throw new UsageError("Give FILE or --asset, one of them");
      const source = file === undefined ? { assetId: options.asset ?? "" } : await openSource(file);
      const recipe = recipeOf(options, options.out, await readSpec(options.spec));

      const client = connect(cli, command);
      const spec = await specOf(client, recipe, cli.signal);
      const destination = destinationOf({
        source: file ?? `asset${(options.asset ?? "").slice(3)}`,
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

async function readSpec(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new UsageError(`Can't read ${path}`, { remedy: error instanceof Error ? error.message : String(error) });
  });
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
