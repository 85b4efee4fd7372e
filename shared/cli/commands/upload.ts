import type { Command } from "commander";
import { z } from "zod";
import { AssetId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { uploadFile } from "../convert/upload-file.ts";
import { openSource } from "../files/source-file.ts";
import { optionsOf } from "../options.ts";

const UploadOptions = z.object({ region: RegionId.optional(), resume: AssetId.optional() });

export function addUpload(program: Command, cli: Cli): void {
  program
    .command("upload")
    .summary("upload a file, to convert it later")
    .description("Uploads FILE and prints the asset's id. A broken upload goes on with --resume.")
    .argument("<FILE>")
    .option("--region <id>", "where to keep it; default: the nearest")
    .option("--resume <asset id>", "send only what is missing of an upload that was begun earlier")
    .action(async (file: string, _options: unknown, command: Command) => {
      const { region, resume } = optionsOf(command, UploadOptions);
      const source = await openSource(file);
      const client = connect(cli, command);
      let begun: string | undefined;
      try {
        const asset = await uploadFile(cli, client, source, {
          region,
          resume,
          onAsset: ({ id }) => {
            begun = id;
          },
        });
        cli.output.jsonLine(asset);
        cli.output.line(asset.id);
      } catch (error) {
        if (begun !== undefined) {
          cli.output.note(`The upload can go on where it stopped: reelway upload FILE --resume ${begun}`);
          cli.output.jsonLine({ event: "unfinished", assetId: begun });
        }
        throw error;
      }
    });
}
