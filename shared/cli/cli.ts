import type { Command } from "commander";
import { z } from "zod";
import { type Client, createClient } from "../client/client.ts";
import { findConnection, findUrl } from "./connection.ts";
import type { PartFiles } from "./files/part-files.ts";
import { streamingPut } from "./files/streaming-put.ts";
import { optionsOf } from "./options.ts";
import type { Output } from "./output.ts";

/** What every command works with. */
export interface Cli {
  output: Output;
  /** Aborts on the first Ctrl-C. */
  signal: AbortSignal;
  partFiles: PartFiles;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The checkout that this CLI runs from. */
  checkout: string;
}

const GlobalOptions = z.object({ url: z.string().optional(), key: z.string().optional() });

/** A client for the control plane that flags, environment or files name. */
export function connect(cli: Cli, command: Command): Client {
  const flags = optionsOf(command, GlobalOptions);
  return createClient({
    ...findConnection({ flags, env: cli.env, cwd: cli.cwd, checkout: cli.checkout }),
    put: streamingPut,
    headers: { "user-agent": "reelway-cli" },
  });
}

/** Where the control plane is that `connect` speaks to. */
export function addressOf(cli: Cli, command: Command): string {
  const flags = optionsOf(command, GlobalOptions);
  return findConnection({ flags, env: cli.env, cwd: cli.cwd, checkout: cli.checkout }).url.replace(/\/+$/, "");
}

/** The same without a key, for what is proved otherwise. */
export function connectWithoutKey(cli: Cli, command: Command): Client {
  const flags = optionsOf(command, GlobalOptions);
  const url = findUrl({ flags, env: cli.env, cwd: cli.cwd, checkout: cli.checkout });
  return createClient({ url, headers: { "user-agent": "reelway-cli" } });
}
