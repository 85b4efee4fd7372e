import type { Command } from "commander";
import type { RegistrationToken } from "../../contracts/runner.ts";
import { RegistrationTokenId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

/** Text that registers runners, and what became of it. */
export function addTokens(runners: Command, cli: Cli): void {
  const { output, signal } = cli;
  const tokens = runners.command("tokens").description("See and revoke registration tokens.");

  withListOptions(tokens.command("ls").description("List registration tokens.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const columns = tokenColumns(output.out, Date.now());
      const list = optionsOf(command, ListOptions);
      await printList(output, list, columns, (query) => client.runners.listTokens(query, signal));
    },
  );

  tokens
    .command("revoke")
    .description("Revoke a registration token; runners that used it stay.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const client = connect(cli, command);
      await client.runners.revokeToken(checked(RegistrationTokenId, id, id), signal);
      output.jsonLine({ id, revoked: true });
      output.line(`${id}  revoked`);
    });
}

function tokenColumns(style: Style, now: number): Column<RegistrationToken>[] {
  return [
    { title: "TOKEN", cell: ({ id }) => id },
    { title: "REGION", cell: ({ region }) => region ?? "any" },
    { title: "LABELS", cell: ({ labels }) => labelsShown(labels) },
    { title: "USES", cell: ({ uses, maxUses }) => `${uses}/${maxUses}`, align: "right" },
    { title: "STATE", cell: (token) => tokenState(token, style, now) },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
  ];
}

function labelsShown(labels: readonly string[] | null): string {
  if (labels === null) return "the host's";
  return labels.length === 0 ? "none" : labels.join(" ");
}

function tokenState({ revokedAt, expiresAt, uses, maxUses }: RegistrationToken, style: Style, now: number): string {
  if (revokedAt !== null) return style.dim("revoked");
  if (expiresAt <= now) return style.dim("expired");
  return uses >= maxUses ? style.dim("used up") : style.green("valid");
}
