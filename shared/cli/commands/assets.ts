import type { Command } from "commander";
import type { Asset } from "../../contracts/asset.ts";
import { withoutControls } from "../../contracts/text.ts";
import { AssetId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFields } from "../terminal/table.ts";
import { formatAge, formatBytes, formatTime } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

export function addAssets(program: Command, cli: Cli): void {
  const assets = program.command("assets").description("See the sources of jobs: uploaded or fetched files.");
  const { output, signal } = cli;

  withListOptions(assets.command("ls").description("List assets.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const columns = assetColumns(output.out, Date.now());
      await printList(output, optionsOf(command, ListOptions), columns, (query) => client.assets.list(query, signal));
    },
  );

  assets
    .command("show")
    .description("Show an asset: where it lies, where it was fetched from, and why it can't be used.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printAsset(output, await connect(cli, command).assets.get(checked(AssetId, id, id), signal));
    });
}

function assetColumns(style: Style, now: number): Column<Asset>[] {
  return [
    { title: "ASSET", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
    { title: "STATE", cell: ({ state }) => paintAssetState(state, style) },
    { title: "SIZE", cell: ({ bytes }) => formatBytes(bytes), align: "right" },
    { title: "REGION", cell: ({ region }) => region },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
  ];
}

function printAsset(output: Output, asset: Asset): void {
  output.jsonLine(asset);
  const { source, error, completedAt } = asset;
  const from = source && (source.kind === "url" ? source.url : `${source.connectionId}: ${source.key}`);
  output.line(
    renderFields(
      [
        ["asset", asset.id],
        ["name", withoutControls(asset.name)],
        ["state", paintAssetState(asset.state, output.out)],
        ["size", formatBytes(asset.bytes)],
        ["type", withoutControls(asset.contentType)],
        ["region", asset.region],
        ["from", from && withoutControls(from)],
        ["fetched by", asset.fetchJobId],
        ["created", formatTime(asset.createdAt)],
        ["ready", completedAt === null ? null : formatTime(completedAt)],
        ["error", error && output.out.red(withoutControls(`${error.code}: ${error.message}`))],
      ],
      output.out,
    ),
  );
}

function paintAssetState(state: Asset["state"], style: Style): string {
  if (state === "ready") return style.green(state);
  if (state === "failed") return style.red(state);
  return state === "deleted" ? style.dim(state) : style.cyan(state);
}
