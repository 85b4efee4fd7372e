import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RegionId, regions } from "@reelway/shared/regions";
import { z } from "zod";
import type { CloudflareReader } from "./cloudflare-api.ts";
import { DeployFailure } from "./deploy-failure.ts";
import type { Deployment } from "./deployment.ts";
import { type DerivedConfig, queuesOf } from "./derive-config.ts";
import type { RunWrangler } from "./wrangler-cli.ts";

export interface Bootstrap {
  readonly reader: CloudflareReader;
  readonly wrangler: RunWrangler;
  readonly deployment: Deployment;
  readonly config: DerivedConfig;
  readonly configPath: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the buckets answer over S3, for the probe. */
  readonly s3Endpoint: string;
  /** Told each thing that was made or changed. */
  readonly say: (line: string) => void;
}

const Database = z.looseObject({ uuid: z.string(), name: z.string() });
const Databases = z.array(Database);

/** The id of the database, made where it is missing. The deployment's own wins: a restored one has another name. */
export async function ensureDatabase({ reader, wrangler, deployment, say }: Bootstrap): Promise<string> {
  const find = async () => {
    const found = await reader.get(`/d1/database?name=${encodeURIComponent(deployment.prefix)}`, Databases);
    return found?.find(({ name }) => name === deployment.prefix)?.uuid;
  };
  const own = deployment.databaseId && (await reader.get(`/d1/database/${deployment.databaseId}`, Database));
  const known = own ? own.uuid : await find();
  if (known !== undefined) return known;
  const place =
    deployment.jurisdiction === null
      ? ["--location", deployment.databaseLocation]
      : ["--jurisdiction", deployment.jurisdiction];
  await wrangler({ args: ["d1", "create", deployment.prefix, ...place] });
  const made = await find();
  if (made === undefined) throw new DeployFailure(`The database ${deployment.prefix} was made, but is not listed`);
  say(`made the database ${deployment.prefix}`);
  return made;
}

const Bucket = z.looseObject({ name: z.string() });

/** Buckets with their place, CORS rules and lifecycle. */
export async function ensureBuckets(bootstrap: Bootstrap): Promise<void> {
  const { reader, wrangler, deployment, config, say } = bootstrap;
  for (const { binding, bucket_name: name } of config.r2_buckets) {
    const { hint } = regions[RegionId.parse(binding.replace("BUCKET_", "").toLowerCase())];
    const found = await reader.get(`/r2/buckets/${name}`, Bucket, jurisdictionHeader(deployment));
    if (found === undefined) {
      const place =
        deployment.jurisdiction === null ? ["--location", hint] : ["--jurisdiction", deployment.jurisdiction];
      await wrangler({ args: ["r2", "bucket", "create", name, ...place] });
      say(`made the bucket ${name}`);
    }
    await ensureRules(bootstrap, name, "cors", corsRules(config));
    await ensureRules(bootstrap, name, "lifecycle", lifecycleRules);
  }
}

const Rules = z.looseObject({ rules: z.array(z.unknown()) });

async function ensureRules(
  { reader, wrangler, deployment, say }: Bootstrap,
  bucket: string,
  kind: "cors" | "lifecycle",
  rules: readonly unknown[],
): Promise<void> {
  const found = await reader.get(`/r2/buckets/${bucket}/${kind}`, Rules, jurisdictionHeader(deployment));
  if (JSON.stringify(found?.rules ?? []) === JSON.stringify(rules)) return;
  const jurisdiction = deployment.jurisdiction === null ? [] : ["--jurisdiction", deployment.jurisdiction];
  await withFile({ rules }, (file) =>
    wrangler({ args: ["r2", "bucket", kind, "set", bucket, "--file", file, "--force", ...jurisdiction] }),
  );
  say(`set the ${kind} rules of ${bucket}`);
}

/** Browsers PUT parts and read their ETag: on the dashboard, and on pages of CORS_ORIGINS. None of another origin may. */
function corsRules(config: DerivedConfig): unknown[] {
  const listed = String(config.vars.CORS_ORIGINS ?? "").split(",");
  const own = new URL(String(config.vars.PUBLIC_URL)).origin;
  // What wrangler.toml says is this machine's; a deployment without an address knows none of its own yet.
  const dashboard = own.startsWith("https:") ? [own] : [];
  const origins = [...dashboard, ...listed.map((origin) => origin.trim()).filter((origin) => origin !== "")];
  if (origins.length === 0) return [];
  return [
    {
      allowed: { origins, methods: ["GET", "HEAD", "PUT"], headers: ["*"] },
      exposeHeaders: ["ETag", "Content-Range", "Accept-Ranges"],
      maxAgeSeconds: 3600,
    },
  ];
}

/** What the sweep misses: a multipart upload that nobody ended is dropped after a day. */
const lifecycleRules = [
  {
    id: "reelway-abort-multipart",
    enabled: true,
    conditions: { prefix: "" },
    abortMultipartUploadsTransition: { condition: { type: "Age", maxAge: 86_400 } },
  },
];

const Queues = z.array(z.looseObject({ queue_name: z.string() }));

export async function ensureQueues({ reader, wrangler, deployment, config, say }: Bootstrap): Promise<void> {
  for (const name of queuesOf(config)) {
    const found = await reader.get(`/queues?name=${encodeURIComponent(name)}`, Queues);
    if (found?.some(({ queue_name }) => queue_name === name)) continue;
    const jurisdiction = deployment.jurisdiction === null ? [] : ["--jurisdiction", deployment.jurisdiction];
    await wrangler({ args: ["queues", "create", name, ...jurisdiction] });
    say(`made the queue ${name}`);
  }
}

/** Of the operator's own where the environment has them; else made here, and known to the Worker alone. */
const ownOrGenerated = ["SIGNING_SECRET", "ENCRYPTION_SECRET"] as const;
const ownLengthMin = 32;
const fromEnvironment = ["R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY", "BOOTSTRAP_TOKEN"] as const;
const Secrets = z.array(z.looseObject({ name: z.string() }));

/**
 * Puts the secrets that the Worker lacks. Those that exist are never touched: a new SIGNING_SECRET would end every key.
 * @throws DeployFailure, naming what a person has to give, or gave too short.
 */
export async function ensureSecrets({ reader, wrangler, config, configPath, environment, say }: Bootstrap) {
  const known = (await reader.get(`/workers/scripts/${config.name}/secrets`, Secrets)) ?? [];
  const missing = (name: string) => !known.some((secret) => secret.name === name);
  const lacking = fromEnvironment.filter((name) => missing(name) && !environment[name]);
  if (lacking.length > 0)
    throw new DeployFailure(
      `Set ${lacking.join(", ")} in the environment, once: R2 › Manage API tokens › Object Read & Write for the buckets ${config.r2_buckets.map(({ bucket_name }) => bucket_name).join(", ")}; BOOTSTRAP_TOKEN is a random text of your own (openssl rand -hex 32)`,
    );
  const short = ownOrGenerated.filter((name) => missing(name) && isShort(environment[name]));
  if (short.length > 0)
    throw new DeployFailure(`${short.join(", ")} must have ${ownLengthMin} characters or more (openssl rand -hex 32)`);
  const made = ownOrGenerated.filter((name) => missing(name) && !environment[name]);
  const values = Object.fromEntries([
    ...ownOrGenerated.filter(missing).map((name) => [name, environment[name] || randomBytes(32).toString("base64url")]),
    ...fromEnvironment.filter(missing).map((name) => [name, environment[name]]),
  ]);
  const names = Object.keys(values);
  if (names.length === 0) return;
  await wrangler({ args: ["secret", "bulk", "--config", configPath], input: JSON.stringify(values) });
  say(`put the secrets ${names.join(", ")}`);
  for (const name of made) say(`made ${name} here: nobody can read it back (docs/backup.md)`);
}

function isShort(secret: string | undefined): boolean {
  return secret !== undefined && secret !== "" && secret.length < ownLengthMin;
}

function jurisdictionHeader({ jurisdiction }: Deployment): Record<string, string> {
  return jurisdiction === null ? {} : { "cf-r2-jurisdiction": jurisdiction };
}

async function withFile(content: unknown, use: (path: string) => Promise<unknown>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "reelway-deploy-"));
  try {
    const path = join(directory, "rules.json");
    writeFileSync(path, JSON.stringify(content));
    await use(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
