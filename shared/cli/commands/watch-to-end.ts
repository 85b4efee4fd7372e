import type { Client } from "../../client/client.ts";
import type { Cli } from "../cli.ts";
import { endedBadly } from "../convert/convert.ts";
import { followJob } from "../convert/follow-job.ts";
import { paintState } from "./job-columns.ts";

/** Follows a job. @throws JobEndedBadly where it does not succeed. */
export async function watchToEnd(cli: Cli, client: Client, id: string): Promise<void> {
  const { output, signal } = cli;
  const last = await followJob(client, id, output, output.jsonLine, signal);
  if (last.state !== "succeeded") throw endedBadly(last);
  output.line(`${last.id}  ${paintState(last.state, output.out)}`);
}
