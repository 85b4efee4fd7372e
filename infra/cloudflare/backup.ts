import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "@reelway/stack/paths";
import { z } from "zod";
import { accessOf, CloudflareReader } from "./cloudflare-api.ts";
import { DeployFailure } from "./deploy-failure.ts";
import { type Environment, readDeployment, writeDeployment } from "./deployment.ts";
import { deriveConfig, writeConfig } from "./derive-config.ts";
import { wranglerFor } from "./wrangler-cli.ts";

export interface BackupOptions {
  readonly environment: Environment;
  readonly variables: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly now?: number;
  readonly deployments?: string | undefined;
  /** Where dumps are kept. */
  readonly directory?: string;
}

const TimeTravel = z.looseObject({ bookmark: z.string() });
const defaultDirectory = join(checkout, ".reelway", "backups");

function contextOf({ environment, variables, deployments }: BackupOptions) {
  const deployment = readDeployment(environment, deployments);
  if (deployment.databaseId === null) throw new DeployFailure(`${environment} has no database yet`);
  const access = accessOf(variables, deployment.accountId);
  const configPath = writeConfig(environment, deriveConfig({ environment, deployment, accountId: access.accountId }));
  const wrangler = wranglerFor({ ...variables, CLOUDFLARE_ACCOUNT_ID: access.accountId });
  return { deployment, configPath, wrangler, reader: new CloudflareReader(access) };
}

/** Dumps the database to a file, beside the Time Travel bookmark of the moment before. Answers the file's path. */
export async function backup(options: BackupOptions): Promise<string> {
  const { environment, say, now = Date.now(), directory = defaultDirectory } = options;
  const { deployment, configPath, wrangler } = contextOf(options);
  const told = await wrangler({
    args: ["d1", "time-travel", "info", deployment.prefix, "--json", "--config", configPath],
  });
  const { bookmark } = TimeTravel.parse(JSON.parse(told.slice(told.indexOf("{"))));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = `${environment}-${new Date(now).toISOString().replaceAll(":", "")}`;
  const file = join(directory, `${name}.sql`);
  await wrangler({
    args: [
      "d1",
      "export",
      deployment.prefix,
      "--remote",
      "--skip-confirmation",
      "--output",
      file,
      "--config",
      configPath,
    ],
  });
  if (!existsSync(file)) throw new DeployFailure(`wrangler wrote no ${file}`);
  writeFileSync(join(directory, `${name}.json`), JSON.stringify({ environment, at: now, bookmark }, null, 2));
  say(`${file}`);
  say(`bookmark ${bookmark}`);
  return file;
}

const Databases = z.array(z.looseObject({ uuid: z.string(), name: z.string() }));

/**
 * Fills a new database from a dump and makes it the deployment's: nothing of the old one is overwritten, and going back
 * is the old id. It serves with the next deploy.
 */
export async function restore(options: BackupOptions & { readonly file: string | undefined }): Promise<void> {
  const { environment, say, file, now = Date.now(), deployments } = options;
  if (file === undefined || !existsSync(file)) throw new DeployFailure("Give --file: a dump that backup wrote");
  const { deployment, configPath, wrangler, reader } = contextOf(options);
  const name = `${deployment.prefix}-${now}`;
  const place =
    deployment.jurisdiction === null
      ? ["--location", deployment.databaseLocation]
      : ["--jurisdiction", deployment.jurisdiction];
  await wrangler({ args: ["d1", "create", name, ...place] });
  const made = await reader.get(`/d1/database?name=${encodeURIComponent(name)}`, Databases);
  const databaseId = made?.find((database) => database.name === name)?.uuid;
  if (databaseId === undefined) throw new DeployFailure(`The database ${name} was made, but is not listed`);
  const target = { ...deployment, databaseId };
  const config = deriveConfig({ environment, deployment: target, accountId: deployment.accountId });
  const targetConfig = { ...config, d1_databases: config.d1_databases.map((one) => ({ ...one, database_name: name })) };
  writeConfig(environment, targetConfig);
  await wrangler({ args: ["d1", "execute", name, "--remote", "--yes", "--file", file, "--config", configPath] });
  writeDeployment(environment, target, deployments);
  say(`${name} holds ${file}; it serves with the next: pnpm run deploy -- --env ${environment}`);
  say(`to go back, write ${deployment.databaseId} into the deployment's file and deploy`);
}
