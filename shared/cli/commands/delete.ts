import type { Command } from "commander";
import { z } from "zod";
import { counted } from "../../counted.ts";
import { AssetId, JobId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked, UsageError } from "../failures.ts";
import { optionsOf } from "../options.ts";
import { formatBytes, formatTime } from "../terminal/units.ts";

const DeleteOptions = z.object({ outputs: z.boolean().default(false) });
type Receipt = { objects: number; bytes: number; pendingUntil: number | null };

export function addDelete(program: Command, cli: Cli): void {
  const { output, signal } = cli;
  program
    .command("delete")
    .summary("delete an asset, or what a job made")
    .description("Deletes every byte of an asset, or of the outputs of a job, and tells what was deleted.")
    .argument("<id>", "an asset's or a job's id")
    .option("--outputs", "with an asset: what its jobs made, too")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { outputs } = optionsOf(command, DeleteOptions);
      const client = connect(cli, command);
      if (id.startsWith("job_")) {
        if (outputs) throw new UsageError("--outputs belongs to assets: a job's outputs are all that is deleted");
        const receipt = await client.jobs.deleteOutputs(checked(JobId, id, id), signal);
        output.jsonLine(receipt);
        output.line(`${id}  ${told(receipt)}`);
        return;
      }
      const receipt = await client.assets.delete(checked(AssetId, id, id), { outputs }, signal);
      output.jsonLine(receipt);
      output.line(`${id}  ${told(receipt)}`);
      if (!receipt.outputs) return;
      output.line(`outputs of ${receipt.outputs.jobs} jobs  ${told(receipt.outputs)}`);
      if (receipt.outputs.remainingJobs > 0)
        output.note(`${receipt.outputs.remainingJobs} more jobs have outputs: run the command again.`);
    });
}

function told({ objects, bytes, pendingUntil }: Receipt): string {
  const what = `${counted(objects, "object")}, ${formatBytes(bytes)} deleted`;
  return pendingUntil === null ? what : `${what}; looked for again until ${formatTime(pendingUntil)}`;
}
