import type { Command } from "commander";
import { z } from "zod";
import { withoutControls } from "../../contracts/text.ts";
import { GrantableRole, type User } from "../../contracts/user.ts";
import { TenantId, UserId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";
import { ListOptions, printList, printTable, withListOptions } from "./list.ts";

const OtherTenant = z.object({ tenant: TenantId.optional() });
const UpdateOptions = OtherTenant.extend({
  name: z.string().optional(),
  role: GrantableRole.optional(),
  enable: z.boolean().optional(),
  disable: z.boolean().optional(),
}).refine(({ enable, disable }) => !(enable && disable), { path: ["enable"], message: "or --disable, not both" });
const userOf = (text: string) => checked(UserId, text, text);
const otherTenant = ["--tenant <id>", "another tenant's; platform admins only"] as const;

export function addUsers(program: Command, cli: Cli): void {
  const users = program.command("users").description("Manage the people of a tenant; `invitations` brings them in.");
  const { output, signal } = cli;

  withListOptions(users.command("ls").description("List users."))
    .option(...otherTenant)
    .action(async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const { tenant: tenantId, ...list } = optionsOf(command, ListOptions.extend(OtherTenant.shape));
      const columns = userColumns(output.out, Date.now());
      await printList(output, list, columns, (query) => client.users.list({ ...query, tenantId }, signal));
    });

  users
    .command("show")
    .description("Show a user.")
    .argument("<id>")
    .option(...otherTenant)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { tenant: tenantId } = optionsOf(command, OtherTenant);
      printUser(output, await connect(cli, command).users.get(userOf(id), { tenantId }, signal));
    });

  users
    .command("update")
    .description("Change a user. A new role or standing signs them out everywhere.")
    .argument("<id>")
    .option("--name <name>")
    .option("--role <role>", GrantableRole.options.join(", "))
    .option("--disable", "they can't sign in, and keys that they made are refused")
    .option("--enable", "they can again")
    .option(...otherTenant)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { name, role, enable, disable, tenant: tenantId } = optionsOf(command, UpdateOptions);
      const update = {
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
        ...(enable || disable ? { disabled: disable === true } : {}),
      };
      printUser(output, await connect(cli, command).users.update(userOf(id), update, { tenantId }, signal));
    });

  users
    .command("reset-password")
    .description("Make a token by which a user sets a new password (`auth reset-password`). It is shown once.")
    .argument("<id>")
    .option(...otherTenant)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { tenant: tenantId } = optionsOf(command, OtherTenant);
      const reset = await connect(cli, command).users.resetPassword(userOf(id), { tenantId }, signal);
      output.jsonLine(reset);
      if (reset.token !== null) output.line(reset.token);
      output.note(
        output.err.dim(`For ${withoutControls(reset.email)}, until ${formatTime(reset.expiresAt)}. Shown this once.`),
      );
    });
}

function printUser(output: Output, user: User): void {
  output.jsonLine(user);
  printTable(output, userColumns(output.out, Date.now()), [user]);
}

function userColumns(style: Style, now: number): Column<User>[] {
  return [
    { title: "USER", cell: ({ id }) => id },
    { title: "E-MAIL", cell: ({ email }) => withoutControls(email) },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
    { title: "ROLE", cell: ({ role }) => role },
    { title: "STATE", cell: ({ disabledAt }) => (disabledAt === null ? style.green("active") : style.dim("disabled")) },
    {
      title: "SIGNED IN",
      cell: ({ lastLoginAt }) => (lastLoginAt === null ? "never" : formatAge(lastLoginAt, now)),
      align: "right",
    },
  ];
}
