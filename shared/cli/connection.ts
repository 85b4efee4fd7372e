import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { checked, UsageError } from "./failures.ts";

/** Where the control plane is, and who we are to it. */
export interface Connection {
  url: string;
  key: string;
}

/** `.reelway/connection.json`, as `make up` writes it, and ~/.config/reelway/config.json. */
const ConnectionFile = z.object({ url: z.url({ protocol: /^https?$/ }), key: z.string().min(1) });

interface Place {
  flags: { url?: string | undefined; key?: string | undefined };
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The checkout that this CLI runs from. */
  checkout: string;
}

/**
 * Flags, then REELWAY_URL and REELWAY_API_KEY, then a running stack's connection file, then the user's own config.
 * @throws UsageError when nothing names a control plane, or no key belongs to it.
 */
export function findConnection({ flags, env, cwd, checkout }: Place): Connection {
  const url = flags.url ?? (env.REELWAY_URL || undefined);
  const key = flags.key ?? (env.REELWAY_API_KEY || undefined);
  if (url !== undefined && !isHttpUrl(url))
    throw new UsageError(`${url} is not the address of a control plane`, {
      remedy: "Give it as http://… or https://…",
    });
  if (url !== undefined && key !== undefined) return { url, key };

  const file = firstConnectionFile([checkout, ...parentsOf(cwd)], env);
  if (file === undefined)
    throw new UsageError(
      url === undefined ? "No Reelway control plane is known here" : `No API key is known for ${url}`,
      {
        remedy: "Start one with `make up`, or give --url and --key (or REELWAY_URL and REELWAY_API_KEY).",
      },
    );
  // A key on disk belongs to its own control plane and is sent to no other.
  if (url !== undefined && new URL(url).origin !== new URL(file.url).origin)
    throw new UsageError(`No API key is known for ${url}`, { remedy: "Give --key or REELWAY_API_KEY." });
  return { url: url ?? file.url, key: key ?? file.key };
}

/**
 * The same for what needs no key: a login, an invitation.
 * @throws UsageError when nothing names a control plane.
 */
export function findUrl({ flags, env, cwd, checkout }: Place): string {
  const url = flags.url ?? (env.REELWAY_URL || undefined);
  // Any key does: none is sent.
  return findConnection({ flags: { url, key: url && "none" }, env, cwd, checkout }).url;
}

function firstConnectionFile(folders: readonly string[], env: NodeJS.ProcessEnv): Connection | undefined {
  const config = env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), ".config");
  const files = [
    ...folders.map((folder) => join(folder, ".reelway", "connection.json")),
    join(config, "reelway", "config.json"),
  ];
  for (const path of files) {
    const text = readIfThere(path);
    if (text !== undefined) return checked(ConnectionFile, jsonOrUndefined(text), path);
  }
  return undefined;
}

function parentsOf(folder: string): string[] {
  const here = resolve(folder);
  const above = dirname(here);
  return above === here ? [here] : [here, ...parentsOf(above)];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
