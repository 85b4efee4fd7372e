import type { Command } from "commander";
import { type DeadMessage, DeadMessageId } from "../../contracts/dead-message.ts";
import { withoutControls } from "../../contracts/text.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const idOf = (text: string) => checked(DeadMessageId, text, text);

export function addDeadMessages(program: Command, cli: Cli): void {
  const messages = program.command("dead-messages").description("See queue messages that could not be handled.");
  const { output, signal } = cli;

  withListOptions(messages.command("ls").description("List them, newest first.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      await printList(output, optionsOf(command, ListOptions), messageColumns(Date.now()), (query) =>
        client.deadMessages.list(query, signal),
      );
    },
  );

  messages
    .command("show")
    .description("Show one with its body.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const message = await connect(cli, command).deadMessages.get(idOf(id), signal);
      output.jsonLine(message);
      output.line(`${message.id}  ${withoutControls(message.queue)}  ${message.attempts} attempts`);
      output.line(withoutControls(message.body));
    });

  const verbs = [
    ["replay", "Send messages to their queue once more.", "sent"],
    ["discard", "Forget messages.", "discarded"],
  ] as const;
  for (const [verb, description, done] of verbs)
    messages
      .command(verb)
      .description(description)
      .argument("<ids...>")
      .action(async (ids: string[], _options: unknown, command: Command) => {
        const client = connect(cli, command);
        for (const id of ids.map(idOf)) {
          await client.deadMessages[verb](id, signal);
          output.jsonLine({ id, outcome: done });
          output.line(`${id}  ${done}`);
        }
      });
}

function messageColumns(now: number): Column<DeadMessage>[] {
  return [
    { title: "MESSAGE", cell: ({ id }) => id },
    { title: "QUEUE", cell: ({ queue }) => withoutControls(queue) },
    { title: "TRIES", cell: ({ attempts }) => String(attempts), align: "right" },
    { title: "DIED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
    { title: "BODY", cell: ({ body }) => withoutControls(body.slice(0, 60)) },
  ];
}
