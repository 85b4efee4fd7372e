import { join } from "node:path";
import { ApiKeyCreated } from "@reelway/shared/contracts/api-key";
import { Problem } from "@reelway/shared/errors/problem";
import type { Miniflare } from "miniflare";
import { z } from "zod";
import { readJsonFile, writePrivateFile } from "./private-file.ts";
import { StackFailure } from "./stack-failure.ts";

/** How the command line finds a running stack: its place and an admin key. */
export const Connection = z.object({ url: z.string(), key: z.string() });
export type Connection = z.infer<typeof Connection>;

export function connectionPath(dataDir: string): string {
  return join(dataDir, "connection.json");
}

export interface AdminKeyOptions {
  dataDir: string;
  /** Where this process reaches the API. */
  localUrl: string;
  /** Where others reach it: kept in connection.json. */
  url: string;
  bootstrapToken: string;
  miniflare: Miniflare;
  databaseBinding: string;
}

/**
 * The data directory's admin key: the one in connection.json while it is good, else the installation's first key, made by
 * the API's bootstrap. Keeps place and key in connection.json (0600). Throws StackFailure when the key is lost.
 */
export async function ensureAdminKey(options: AdminKeyOptions): Promise<string> {
  const path = connectionPath(options.dataDir);
  const known = readJsonFile(path, Connection)?.key;
  const key = known !== undefined && (await isGood(options.localUrl, known)) ? known : await firstKey(options);
  writePrivateFile(path, { url: options.url, key } satisfies Connection);
  return key;
}

async function isGood(localUrl: string, key: string): Promise<boolean> {
  const answer = await fetch(`${localUrl}/api/v1/keys?limit=1`, { headers: { Authorization: `Bearer ${key}` } });
  await answer.body?.cancel();
  if (answer.ok) return true;
  if (answer.status === 401) return false;
  throw new StackFailure(`The control plane answered ${answer.status} to its own admin key.`);
}

async function firstKey(options: AdminKeyOptions): Promise<string> {
  const made = await bootstrap(options);
  if (made !== undefined) return made;
  // A crash between the bootstrap and the write of its key leaves an installation that nobody has ever used.
  await forgetUnusedBootstrap(options);
  const again = await bootstrap(options);
  if (again !== undefined) return again;
  throw new StackFailure(
    `The admin key of ${options.dataDir} is lost: ${connectionPath(options.dataDir)} holds none that is good. Put that file back, or remove the directory to begin anew.`,
  );
}

/** The new key, or undefined when the installation has been bootstrapped before. */
async function bootstrap({ localUrl, bootstrapToken }: AdminKeyOptions): Promise<string | undefined> {
  const answer = await fetch(`${localUrl}/api/v1/bootstrap`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: bootstrapToken }),
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) {
    const { secret } = ApiKeyCreated.parse(body);
    if (secret !== null) return secret;
  }
  const problem = Problem.safeParse(body);
  if (problem.success && problem.data.code === "bootstrap_closed") return undefined;
  throw new StackFailure(`The control plane refused its bootstrap (${answer.status}): ${JSON.stringify(body)}`);
}

async function forgetUnusedBootstrap({ miniflare, databaseBinding }: AdminKeyOptions): Promise<void> {
  const d1 = await miniflare.getD1Database(databaseBinding);
  const unused = `(SELECT count(*) FROM tenants) = 1 AND (SELECT count(*) FROM api_keys) <= 1
    AND NOT EXISTS (SELECT 1 FROM api_keys WHERE lastUsedAt IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM assets) AND NOT EXISTS (SELECT 1 FROM runners)`;
  await d1.batch([
    d1.prepare(`DELETE FROM api_keys WHERE ${unused}`),
    d1.prepare(`DELETE FROM tenants WHERE (SELECT count(*) FROM api_keys) = 0 AND ${unused}`),
  ]);
}
