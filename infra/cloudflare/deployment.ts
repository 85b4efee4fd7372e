import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DeployFailure } from "./deploy-failure.ts";

const folder = join(import.meta.dirname, "deployments");

/** One installation in a Cloudflare account: what wrangler.toml can't know. Nothing in it is secret. */
const Deployment = z.strictObject({
  /** Begins the name of the Worker and of all that is its own. */
  prefix: z.string().regex(/^[a-z0-9][a-z0-9-]{1,40}$/),
  /** Null until known; CLOUDFLARE_ACCOUNT_ID wins. */
  accountId: z.string().min(1).nullable(),
  /** Null until bootstrap has made the database. */
  databaseId: z.string().min(1).nullable(),
  databaseLocation: z.enum(["weur", "eeur", "apac", "oc", "wnam", "enam"]),
  /** Of buckets, queues and database alike; it can't be changed once they exist. */
  jurisdiction: z.enum(["eu", "fedramp"]).nullable(),
  /** The host that the API answers at; null for <prefix>.<account>.workers.dev. */
  domain: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z]{2,}$/)
    .nullable(),
  /** Added to the ids of rate limits, which are shared by all Workers of an account. */
  rateLimitOffset: z.int().min(0),
  /** Settings that differ from wrangler.toml's. */
  vars: z.record(z.string(), z.string()),
});
export type Deployment = z.infer<typeof Deployment>;

export const environments = ["staging", "production"] as const;
export type Environment = (typeof environments)[number];

/** @throws DeployFailure for any other name. */
export function environmentOf(name: string | undefined): Environment {
  const found = environments.find((one) => one === name);
  if (found === undefined) throw new DeployFailure(`--env takes ${environments.join(" or ")}, not "${name ?? ""}"`);
  return found;
}

/** @throws DeployFailure when the file is missing or wrong. `directory` is the folder of the files. */
export function readDeployment(environment: Environment, directory = folder): Deployment {
  const path = join(directory, `${environment}.json`);
  if (!existsSync(path)) throw new DeployFailure(`${path} does not exist`);
  const parsed = Deployment.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new DeployFailure(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export function writeDeployment(environment: Environment, deployment: Deployment, directory = folder): void {
  writeFileSync(join(directory, `${environment}.json`), `${JSON.stringify(deployment, null, 2)}\n`);
}
