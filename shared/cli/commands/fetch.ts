import type { Command } from "commander";
import { z } from "zod";
import { ConnectionId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { namedSourceOf } from "../convert/named-source.ts";
import { UsageError } from "../failures.ts";
import { optionsOf } from "../options.ts";
import { watchToEnd } from "./watch-to-end.ts";

const FetchOptions = z.object({
  connection: ConnectionId.optional(),
  name: z.string().optional(),
  region: RegionId.optional(),
  watch: z.boolean().default(false),
});

export function addFetch(program: Command, cli: Cli): void {
  const { output, signal } = cli;
  program
    .command("fetch")
    .summary("have a runner fetch a file, to convert it later")
    .description("Makes an asset of what lies at SOURCE and prints its id. A runner fetches it.")
    .argument("<SOURCE>", "an https URL; with --connection, a key in that bucket")
    .option("--connection <id>", "a bucket of yours (reelway connections ls)")
    .option("--name <name>", "what to call it; default: the last part of SOURCE")
    .option("--region <id>", "where to keep it; default: the nearest")
    .option("-w, --watch", "follow the fetch to its end")
    .action(async (text: string, _options: unknown, command: Command) => {
      const { connection, name, region, watch } = optionsOf(command, FetchOptions);
      const source = namedSourceOf(text, connection);
      if (!source || "assetId" in source)
        throw new UsageError("SOURCE is no URL", { remedy: "`reelway upload` sends a file of this machine." });
      const client = connect(cli, command);
      const request = {
        ...source,
        ...(name === undefined ? {} : { name }),
        ...(region === undefined ? {} : { region }),
      };
      const asset = await client.assets.fetch(request, { signal });
      output.jsonLine(asset);
      output.line(asset.id);
      if (asset.fetchJobId === null) return;
      if (watch) await watchToEnd(cli, client, asset.fetchJobId);
      else output.note(output.err.dim(`Its fetch: reelway jobs watch ${asset.fetchJobId}`));
    });
}
