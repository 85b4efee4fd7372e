import type { Command } from "commander";
import { z } from "zod";
import { type Connection, ConnectionPurpose } from "../../contracts/connection.ts";
import { withoutControls } from "../../contracts/text.ts";
import { ConnectionId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Output } from "../output.ts";
import { readSecret } from "../terminal/secret-input.ts";
import { type Column, renderFields } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const CreateOptions = z.object({
  endpoint: z.string(),
  bucket: z.string(),
  accessKeyId: z.string(),
  s3Region: z.string().optional(),
  prefix: z.string().optional(),
  for: ConnectionPurpose.optional(),
  verify: z.boolean(),
});
const idOf = (text: string) => checked(ConnectionId, text, text);

export function addConnections(program: Command, cli: Cli): void {
  const connections = program.command("connections").description("Connect buckets of your own: S3, R2, MinIO.");
  const { output, signal } = cli;
  addCreate(connections, cli);

  withListOptions(connections.command("ls").description("List connections, newest first.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      await printList(output, optionsOf(command, ListOptions), connectionColumns(Date.now()), (query) =>
        client.connections.list(query, signal),
      );
    },
  );

  connections
    .command("show")
    .description("Show one connection, without its secret.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printConnection(output, await connect(cli, command).connections.get(idOf(id), signal));
    });

  connections
    .command("test")
    .description("Try a connection's bucket.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const answer = await connect(cli, command).connections.test(idOf(id), signal);
      output.jsonLine(answer);
      output.line(`${answer.id}  answered in ${answer.durationMs} ms`);
    });

  connections
    .command("delete")
    .description("Delete a connection and its credentials; the bucket stays as it is.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      await connect(cli, command).connections.delete(idOf(id), signal);
      output.jsonLine({ id, deleted: true });
      output.line(`${id}  deleted`);
    });
}

function addCreate(connections: Command, cli: Cli): void {
  const { output, signal } = cli;
  connections
    .command("create")
    .description("Connect a bucket; it is tried first. The secret access key is typed, piped, or in REELWAY_S3_SECRET.")
    .argument("<name>", "what it is called here")
    .requiredOption("--endpoint <url>", "such as https://s3.eu-central-1.amazonaws.com")
    .requiredOption("--bucket <bucket>")
    .requiredOption("--access-key-id <id>")
    .option("--s3-region <region>", "as the store calls it; default: auto")
    .option("--prefix <prefix>", "only keys below it are read and written")
    .option("--for <purpose>", `${ConnectionPurpose.options.join(" or ")} only; default: both`)
    .option("--no-verify", "store it without trying the bucket")
    .action(async (name: string, _options: unknown, command: Command) => {
      const { for: purpose, s3Region, prefix, verify, ...place } = optionsOf(command, CreateOptions);
      const source = { env: cli.env, stdin: process.stdin, stderr: process.stderr };
      const secretAccessKey = await readSecret(source, { variable: "REELWAY_S3_SECRET", prompt: "Secret access key" });
      const request = {
        name,
        ...place,
        secretAccessKey,
        ...(s3Region === undefined ? {} : { s3Region }),
        ...(prefix === undefined ? {} : { prefix }),
        ...(purpose === undefined ? {} : { purposes: [purpose] }),
      };
      const connection = await connect(cli, command).connections.create(request, { verify, signal });
      output.jsonLine(connection);
      output.line(connection.id);
    });
}

function connectionColumns(now: number): Column<Connection>[] {
  return [
    { title: "CONNECTION", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
    { title: "BUCKET", cell: placeOf },
    { title: "FOR", cell: ({ purposes }) => purposes.join(" ") },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
  ];
}

function placeOf({ bucket, prefix }: Connection): string {
  return withoutControls(prefix === "" ? bucket : `${bucket}/${prefix}`);
}

function printConnection(output: Output, connection: Connection): void {
  output.jsonLine(connection);
  output.line(
    renderFields(
      [
        ["connection", connection.id],
        ["name", withoutControls(connection.name)],
        ["endpoint", withoutControls(connection.endpoint)],
        ["region", withoutControls(connection.s3Region)],
        ["bucket", placeOf(connection)],
        ["for", connection.purposes.join(" ")],
        ["key", withoutControls(connection.accessKeyId)],
        ["created", formatTime(connection.createdAt)],
      ],
      output.out,
    ),
  );
}
