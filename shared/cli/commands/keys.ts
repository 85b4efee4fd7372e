import type { Command } from "commander";
import { z } from "zod";
import type { ApiKey } from "../../contracts/api-key.ts";
import { withoutControls } from "../../contracts/text.ts";
import { ApiKeyId, TenantId } from "../../ids.ts";
import { Permission, Role } from "../../permissions.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const GrantableRole = Role.exclude(["runner"]);
const Scopes = z
  .string()
  .transform((text) => text.split(",").map((scope) => scope.trim()))
  .pipe(z.array(Permission).min(1));
const OtherTenant = z.object({ tenant: TenantId.optional() });
const CreateOptions = z.object({
  role: GrantableRole.default("member"),
  tenant: TenantId.optional(),
  days: wholeNumber(1, 3_650).optional(),
  scopes: Scopes.optional(),
});

export function addKeys(program: Command, cli: Cli): void {
  const keys = program.command("keys").description("Manage API keys.");
  const { output, signal } = cli;

  keys
    .command("create")
    .description("Make a key. Its secret goes to stdout and is shown once.")
    .argument("<name>", "what or whom it is for")
    .option("--role <role>", GrantableRole.options.join(", "), "member")
    .option("--tenant <id>", "for another tenant; platform admins only")
    .option("--days <count>", "how long it holds; default: for ever")
    .option("--scopes <permissions>", "with commas between; narrows the role, such as jobs:read,assets:read")
    .action(async (name: string, _options: unknown, command: Command) => {
      const { role, tenant, days, scopes } = optionsOf(command, CreateOptions);
      const key = await connect(cli, command).keys.create(
        {
          name,
          role,
          ...(scopes === undefined ? {} : { scopes }),
          ...(tenant === undefined ? {} : { tenantId: tenant }),
          ...(days === undefined ? {} : { expiresAt: Date.now() + days * 86_400_000 }),
        },
        signal,
      );
      output.jsonLine(key);
      if (key.secret !== null) output.line(key.secret);
      output.note(output.err.dim(`${key.id} · ${key.role} · shown this once: keep it in a safe place.`));
    });

  withListOptions(keys.command("ls").description("List keys."))
    .option("--tenant <id>", "another tenant's; platform admins only")
    .action(async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const columns = keyColumns(output.out, Date.now());
      const { tenant: tenantId, ...list } = optionsOf(command, ListOptions.extend(OtherTenant.shape));
      await printList(output, list, columns, (query) => client.keys.list({ ...query, tenantId }, signal));
    });

  keys
    .command("revoke")
    .description("Revoke a key, at once and for ever.")
    .argument("<id>")
    .option("--tenant <id>", "another tenant's; platform admins only")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { tenant } = optionsOf(command, OtherTenant);
      await connect(cli, command).keys.revoke(checked(ApiKeyId, id, id), { tenantId: tenant }, signal);
      output.jsonLine({ id, revoked: true });
      output.line(`${id}  revoked`);
    });
}

function keyColumns(style: Style, now: number): Column<ApiKey>[] {
  return [
    { title: "KEY", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
    { title: "ROLE", cell: ({ role }) => role },
    { title: "SCOPES", cell: ({ scopes }) => scopes?.join(" ") ?? "all" },
    { title: "STARTS WITH", cell: ({ prefix }) => withoutControls(prefix) },
    { title: "STATE", cell: (key) => stateOf(key, style, now) },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
    {
      title: "USED",
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : formatAge(lastUsedAt, now)),
      align: "right",
    },
  ];
}

function stateOf({ revokedAt, expiresAt }: ApiKey, style: Style, now: number): string {
  if (revokedAt !== null) return style.dim("revoked");
  return expiresAt !== null && expiresAt <= now ? style.dim("expired") : style.green("valid");
}
