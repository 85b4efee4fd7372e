import type { Command } from "commander";
import { z } from "zod";
import { QualityName } from "../../contracts/stream-spec.ts";
import { JobId } from "../../ids.ts";
import { remakeRequest } from "../../streams/remake.ts";
import { type Cli, connect } from "../cli.ts";
import { checked, UsageError } from "../failures.ts";
import { optionsOf, repeated } from "../options.ts";
import { watchToEnd } from "./watch-to-end.ts";

const RemakeOptions = z.object({
  size: z.array(QualityName).default([]),
  add: z.array(QualityName).default([]),
  watch: z.boolean().default(false),
});

export function addJobRemake(jobs: Command, cli: Cli): void {
  const { output, signal } = cli;
  jobs
    .command("remake")
    .description("Make sizes of a finished stream anew, as a job of its own; all other sizes are copied, not encoded.")
    .argument("<id>")
    .option("-s, --size <size>", "a size that is made anew, such as 720p (again for more)", repeated)
    .option("--add <size>", "a size that the stream does not have yet (again for more)", repeated)
    .option("-w, --watch", "follow it to its end")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { size, add, watch } = optionsOf(command, RemakeOptions);
      if (size.length + add.length === 0)
        throw new UsageError("Name a size: --size to make it anew, --add for one more");
      const client = connect(cli, command);
      const [job, plan] = await Promise.all([
        client.jobs.get(checked(JobId, id, id), signal),
        client.jobs.plan(checked(JobId, id, id), signal),
      ]);
      const request = remakeRequest(job, plan, { again: size, added: add });
      if (request === null) throw new UsageError(`${job.id} makes no stream`);
      const made = await client.jobs.create(request, { signal });
      output.jsonLine(made);
      output.line(made.id);
      if (watch) await watchToEnd(cli, client, made.id);
    });
}
