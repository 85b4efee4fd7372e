import type { Command } from "commander";
import { z } from "zod";
import { JobKind } from "../../contracts/job-spec.ts";
import { QualityName } from "../../contracts/stream-spec.ts";
import { withoutControls } from "../../contracts/text.ts";
import { AssetId, JobId } from "../../ids.ts";
import { JobState } from "../../jobs/state-machine.ts";
import { type Cli, connect } from "../cli.ts";
import { checkDestination, destinationOf, destinationOfQuality } from "../convert/destination.ts";
import { saveFiles } from "../convert/save-files.ts";
import { describeWaiting } from "../convert/waiting-remarks.ts";
import { checked, UsageError } from "../failures.ts";
import { optionsOf } from "../options.ts";
import { jobColumns, paintState, printJob } from "./job-columns.ts";
import { addJobCreate } from "./job-create.ts";
import { addJobQuality } from "./job-quality.ts";
import { addJobRemake } from "./job-remake.ts";
import { addJobStreams } from "./job-streams.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";
import { watchToEnd } from "./watch-to-end.ts";

const JobsListOptions = ListOptions.extend({
  state: JobState.optional(),
  kind: JobKind.optional(),
  tag: z.string().optional(),
  asset: AssetId.optional(),
});
const DownloadOptions = z.object({
  out: z.string().min(1).optional(),
  allOutputs: z.string().min(1).optional(),
  quality: QualityName.optional(),
  force: z.boolean().default(false),
});
const idOf = (text: string) => checked(JobId, text, text);

export function addJobs(program: Command, cli: Cli): void {
  const jobs = program.command("jobs").description("See and steer jobs.");
  const { output, signal } = cli;
  addJobCreate(jobs, cli);
  addJobRemake(jobs, cli);
  addJobStreams(jobs, cli);
  addJobQuality(jobs, cli);

  withListOptions(jobs.command("ls").description("List jobs, newest first."))
    .option("--state <state>", JobState.options.join(", "))
    .option("--kind <kind>", JobKind.options.join(", "))
    .option("--tag <tag>", "only jobs with this tag")
    .option("--asset <id>", "only jobs of this asset")
    .action(async (_options: unknown, command: Command) => {
      const { state, kind, tag, asset, ...list } = optionsOf(command, JobsListOptions);
      const client = connect(cli, command);
      const filters = {
        ...(state === undefined ? {} : { state }),
        ...(kind === undefined ? {} : { kind }),
        ...(tag === undefined ? {} : { tag }),
        ...(asset === undefined ? {} : { assetId: asset }),
      };
      await printList(output, list, jobColumns(output.out, Date.now()), (query) =>
        client.jobs.list({ ...filters, ...query }, signal),
      );
    });

  jobs
    .command("show")
    .description("Show one job with its outputs.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const job = await connect(cli, command).jobs.get(idOf(id), signal);
      output.jsonLine(job);
      printJob(output, job);
    });

  jobs
    .command("waiting")
    .description("Tell why a job does not run yet.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const waiting = await connect(cli, command).jobs.waiting(idOf(id), signal);
      output.jsonLine(waiting);
      output.line(describeWaiting(waiting, Date.now()));
    });

  jobs
    .command("watch")
    .description("Follow a job to its end; the exit code tells how it ended.")
    .argument("<id>")
    .action((id: string, _options: unknown, command: Command) => watchToEnd(cli, connect(cli, command), idOf(id)));

  jobs
    .command("cancel")
    .description("Cancel jobs.")
    .argument("<ids...>")
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const client = connect(cli, command);
      for (const id of ids.map(idOf)) {
        const job = await client.jobs.cancel(id, signal);
        output.jsonLine(job);
        output.line(`${job.id}  ${paintState(job.state, output.out)}`);
      }
    });

  jobs
    .command("retry")
    .description("Run a failed or canceled job once more.")
    .argument("<id>")
    .option("-w, --watch", "follow it to its end")
    .action(async (id: string, options: unknown, command: Command) => {
      const client = connect(cli, command);
      const job = await client.jobs.retry(idOf(id), signal);
      output.jsonLine(job);
      output.line(`${job.id}  ${paintState(job.state, output.out)}`);
      if (checked(z.object({ watch: z.boolean().default(false) }), options, "retry").watch)
        await watchToEnd(cli, client, job.id);
    });

  jobs
    .command("download")
    .description("Save the outputs of a job that succeeded.")
    .argument("<id>")
    .option("-o, --out <OUT>", "where to save the main output; default: here, named by the job")
    .option("-f, --force", "replace OUT if it exists")
    .option("--all-outputs <DIR>", "save every output into DIR")
    .option("--quality <QUALITY>", "save the video of this size alone, such as 720p")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { out, allOutputs, quality, force } = optionsOf(command, DownloadOptions);
      if (quality !== undefined && allOutputs !== undefined)
        throw new UsageError("Give --quality or --all-outputs, one of them");
      const client = connect(cli, command);
      const job = await client.jobs.get(idOf(id), signal);
      const label = job.preset?.replace(/@.*$/, "").replace(/[^a-z0-9-]/g, "") ?? job.kind;
      // Outputs exist only then; the API says so better than we could.
      if (job.state !== "succeeded") await client.jobs.outputs(job.id, signal);
      const destination =
        quality === undefined
          ? destinationOf({ source: job.id, label, spec: job.spec, out, allOutputs })
          : destinationOfQuality(job, quality, out);
      checkDestination(destination, force);
      const { files, paths } = await saveFiles(cli, client, job, destination, force);
      for (const file of files) output.jsonLine(file);
      for (const path of paths) output.line(withoutControls(path));
    });
}
