import type { Command } from "commander";
import { z } from "zod";
import type { Session, SessionTokens } from "../../contracts/session.ts";
import { withoutControls } from "../../contracts/text.ts";
import { Email } from "../../contracts/user.ts";
import { SessionId } from "../../ids.ts";
import { type Cli, connect, connectWithoutKey } from "../cli.ts";
import { checked, UsageError } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Output } from "../output.ts";
import { readSecret } from "../terminal/secret-input.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const RevokeOptions = z.object({ others: z.boolean().default(false) });

export function addAuth(program: Command, cli: Cli): void {
  const auth = program.command("auth").description("Sign in as a person. For machines, use an API key.");
  addTokens(auth, cli);
  addPasswords(auth, cli);
  addSessions(auth, cli);
  addKeys(auth, cli);
}

/** A secret from the environment, the terminal or stdin. */
const secret = (cli: Cli, variable: string, prompt: string) =>
  readSecret({ env: cli.env, stdin: process.stdin, stderr: process.stderr }, { variable, prompt });

function addTokens(auth: Command, cli: Cli): void {
  const { output, signal } = cli;

  auth
    .command("login")
    .description(
      "Sign in (REELWAY_PASSWORD, or typed). The access token goes to stdout; --json has the refresh token too.",
    )
    .argument("<email>")
    .action(async (email: string, _options: unknown, command: Command) => {
      const request = {
        email: checked(Email, email, email),
        password: await secret(cli, "REELWAY_PASSWORD", "Password"),
      };
      printTokens(output, await connectWithoutKey(cli, command).auth.login(request, signal));
    });

  auth
    .command("refresh")
    .description("Exchange a refresh token (REELWAY_TOKEN, or typed) for the next one and a new access token.")
    .action(async (_options: unknown, command: Command) => {
      const token = await secret(cli, "REELWAY_TOKEN", "Refresh token");
      printTokens(output, await connectWithoutKey(cli, command).auth.refresh(token, signal));
    });

  auth
    .command("logout")
    .description("End the session that the access token (--key) belongs to.")
    .action(async (_options: unknown, command: Command) => {
      await connect(cli, command).auth.logout(signal);
      output.jsonLine({ signedOut: true });
      output.line("Signed out.");
    });

  auth
    .command("whoami")
    .description("Show whom the key or access token belongs to, and what they may do.")
    .action(async (_options: unknown, command: Command) => {
      const me = await connect(cli, command).auth.me(signal);
      output.jsonLine(me);
      output.line(`${me.id}  ${withoutControls(me.email ?? me.name)}  ${me.role}${me.platform ? " (platform)" : ""}`);
      output.line(`tenant  ${me.tenantId}`);
      output.line(`may     ${me.permissions.join(" ")}`);
    });
}

function addPasswords(auth: Command, cli: Cli): void {
  const { output, signal } = cli;

  auth
    .command("password")
    .description("Change your own password (REELWAY_PASSWORD and REELWAY_NEW_PASSWORD, or typed).")
    .action(async (_options: unknown, command: Command) => {
      const currentPassword = await secret(cli, "REELWAY_PASSWORD", "Current password");
      const newPassword = await secret(cli, "REELWAY_NEW_PASSWORD", "New password");
      await connect(cli, command).auth.changePassword({ currentPassword, newPassword }, signal);
      output.jsonLine({ changed: true });
      output.line("Changed. Your other sessions are over.");
    });

  auth
    .command("reset-password")
    .description("Set a new password with the token of a reset (REELWAY_TOKEN, REELWAY_NEW_PASSWORD, or typed).")
    .action(async (_options: unknown, command: Command) => {
      const token = await secret(cli, "REELWAY_TOKEN", "Token");
      const password = await secret(cli, "REELWAY_NEW_PASSWORD", "New password");
      await connectWithoutKey(cli, command).auth.resetPassword({ token, password }, signal);
      output.jsonLine({ changed: true });
      output.line("Changed. Sign in with it.");
    });
}

function addSessions(auth: Command, cli: Cli): void {
  const { output, signal } = cli;
  const sessions = auth.command("sessions").description("See and end your own sessions.");

  withListOptions(sessions.command("ls").description("List your sessions.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const columns = sessionColumns(Date.now());
      await printList(output, optionsOf(command, ListOptions), columns, (query) => client.auth.sessions(query, signal));
    },
  );

  sessions
    .command("revoke")
    .description("End a session; without an id, all of them.")
    .argument("[id]")
    .option("--others", "all but the one that asks")
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const client = connect(cli, command);
      const { others } = optionsOf(command, RevokeOptions);
      if (id !== undefined && others) throw new UsageError("Name a session, or give --others: not both");
      if (id === undefined) await client.auth.revokeSessions(others ? { keep: "current" } : {}, signal);
      else await client.auth.revokeSession(checked(SessionId, id, id), signal);
      const ended = id ?? (others ? "others" : "all");
      output.jsonLine({ id: ended, revoked: true });
      output.line(`${id ?? (others ? "All other sessions" : "All sessions")}  revoked`);
    });
}

function addKeys(auth: Command, cli: Cli): void {
  const { output, signal } = cli;
  auth
    .command("rotate-signing-key")
    .description("Sign access tokens with a new key; platform admins only.")
    .action(async (_options: unknown, command: Command) => {
      const key = await connect(cli, command).auth.rotateSigningKey(signal);
      output.jsonLine(key);
      output.line(key.kid);
    });
}

function printTokens(output: Output, tokens: SessionTokens): void {
  output.jsonLine(tokens);
  output.line(tokens.accessToken);
  output.note(output.err.dim(`For --key or REELWAY_API_KEY, until ${formatTime(tokens.expiresAt)}.`));
}

function sessionColumns(now: number): Column<Session>[] {
  return [
    { title: "SESSION", cell: ({ id, current }) => (current ? `${id} *` : id) },
    { title: "BY", cell: ({ browser }) => (browser ? "cookie" : "tokens") },
    { title: "FROM", cell: ({ ip }) => withoutControls(ip ?? "") },
    { title: "WITH", cell: ({ userAgent }) => withoutControls(userAgent) },
    { title: "SINCE", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
    { title: "USED", cell: ({ refreshedAt }) => formatAge(refreshedAt, now), align: "right" },
  ];
}
