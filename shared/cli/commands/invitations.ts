import type { Command } from "commander";
import { z } from "zod";
import type { Invitation } from "../../contracts/invitation.ts";
import { withoutControls } from "../../contracts/text.ts";
import { Email, GrantableRole } from "../../contracts/user.ts";
import { InvitationId, TenantId } from "../../ids.ts";
import { type Cli, connect, connectWithoutKey } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import { readSecret } from "../terminal/secret-input.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const OtherTenant = z.object({ tenant: TenantId.optional() });
const CreateOptions = OtherTenant.extend({ role: GrantableRole });
const AcceptOptions = z.object({ name: z.string() });
const otherTenant = ["--tenant <id>", "another tenant's; platform admins only"] as const;

export function addInvitations(program: Command, cli: Cli): void {
  const invitations = program.command("invitations").description("Bring people into a tenant.");
  const { output, signal } = cli;

  invitations
    .command("create")
    .description("Invite an address. The token goes to stdout and is shown once: send it to the person.")
    .argument("<email>")
    .option("--role <role>", GrantableRole.options.join(", "), "member")
    .option(...otherTenant)
    .action(async (email: string, _options: unknown, command: Command) => {
      const { role, tenant } = optionsOf(command, CreateOptions);
      const request = { email: checked(Email, email, email), role, ...(tenant ? { tenantId: tenant } : {}) };
      const invitation = await connect(cli, command).invitations.create(request, signal);
      output.jsonLine(invitation);
      if (invitation.token !== null) output.line(invitation.token);
      output.note(output.err.dim(`${invitation.id} · good once, until ${formatTime(invitation.expiresAt)}.`));
    });

  withListOptions(invitations.command("ls").description("List invitations and password resets."))
    .option(...otherTenant)
    .action(async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const { tenant: tenantId, ...list } = optionsOf(command, ListOptions.extend(OtherTenant.shape));
      const columns = invitationColumns(output.out, Date.now());
      await printList(output, list, columns, (query) => client.invitations.list({ ...query, tenantId }, signal));
    });

  invitations
    .command("revoke")
    .description("Revoke an invitation or a password reset.")
    .argument("<id>")
    .option(...otherTenant)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { tenant: tenantId } = optionsOf(command, OtherTenant);
      await connect(cli, command).invitations.revoke(checked(InvitationId, id, id), { tenantId }, signal);
      output.jsonLine({ id, revoked: true });
      output.line(`${id}  revoked`);
    });

  invitations
    .command("accept")
    .description("Make an account with the token of an invitation (REELWAY_TOKEN, REELWAY_PASSWORD, or typed).")
    .requiredOption("--name <name>", "what others will see")
    .action(async (_options: unknown, command: Command) => {
      const { name } = optionsOf(command, AcceptOptions);
      const source = { ...cli, stdin: process.stdin, stderr: process.stderr };
      const token = await readSecret(source, { variable: "REELWAY_TOKEN", prompt: "Token" });
      const password = await readSecret(source, { variable: "REELWAY_PASSWORD", prompt: "New password" });
      const user = await connectWithoutKey(cli, command).invitations.accept({ token, name, password }, signal);
      output.jsonLine(user);
      output.line(`${user.id}  ${withoutControls(user.email)}  ${user.role}`);
    });
}

function invitationColumns(style: Style, now: number): Column<Invitation>[] {
  return [
    { title: "INVITATION", cell: ({ id }) => id },
    { title: "E-MAIL", cell: ({ email }) => withoutControls(email) },
    { title: "ROLE", cell: ({ role }) => role },
    { title: "FOR", cell: ({ userId }) => (userId === null ? "an account" : "a password") },
    { title: "STATE", cell: (invitation) => stateOf(invitation, style, now) },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
  ];
}

function stateOf({ acceptedAt, revokedAt, expiresAt }: Invitation, style: Style, now: number): string {
  if (acceptedAt !== null) return style.dim("accepted");
  if (revokedAt !== null) return style.dim("revoked");
  return expiresAt <= now ? style.dim("expired") : style.green("open");
}
