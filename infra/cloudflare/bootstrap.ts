import { type Bootstrap, ensureBuckets, ensureDatabase, ensureQueues, ensureSecrets } from "./bootstrap-steps.ts";
import { accessOf, CloudflareReader } from "./cloudflare-api.ts";
import { probeCopySource } from "./copy-source-probe.ts";
import { DeployFailure } from "./deploy-failure.ts";
import { type Environment, readDeployment, writeDeployment } from "./deployment.ts";
import { deriveConfig, writeConfig } from "./derive-config.ts";
import { wranglerFor } from "./wrangler-cli.ts";

export interface BootstrapOptions {
  readonly environment: Environment;
  readonly variables: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly deployments?: string | undefined;
  /** Where clients will reach it, for a deployment without a domain: its dashboard uploads straight to the buckets. */
  readonly url?: string | undefined;
  /** Default: the deployment's own endpoint. */
  readonly s3Endpoint?: string;
}

/**
 * Makes in the account whatever an environment needs and lacks. Run again, it changes nothing; broken off, it goes on
 * where it stopped, since every step looks first.
 */
export async function bootstrap({
  environment,
  variables,
  say,
  deployments,
  ...given
}: BootstrapOptions): Promise<void> {
  const known = readDeployment(environment, deployments);
  const access = accessOf(variables, known.accountId);
  const wrangler = wranglerFor({ ...variables, CLOUDFLARE_ACCOUNT_ID: access.accountId });
  const stateOf = (deployment: typeof known): Bootstrap => {
    const config = deriveConfig({ environment, deployment, accountId: access.accountId, url: given.url });
    const configPath = writeConfig(environment, config);
    return {
      reader: new CloudflareReader(access),
      wrangler,
      deployment,
      config,
      configPath,
      environment: variables,
      say,
      s3Endpoint: given.s3Endpoint ?? String(config.vars.R2_S3_ENDPOINT),
    };
  };

  const databaseId = await ensureDatabase(stateOf(known));
  const deployment = { ...known, accountId: access.accountId, databaseId };
  if (JSON.stringify(deployment) !== JSON.stringify(known)) {
    writeDeployment(environment, deployment, deployments);
    say(`wrote the ids into the deployment's file of ${environment}: commit it`);
  }
  const state = stateOf(deployment);
  await ensureBuckets(state);
  await ensureQueues(state);
  await requireCopySourceRefused(state);
  await ensureSecrets(state);
}

/** Needs the storage's credentials, which only the first run is given; later runs have nothing new to learn. */
async function requireCopySourceRefused({ config, environment, s3Endpoint: endpoint, say }: Bootstrap): Promise<void> {
  const { R2_ACCESS_KEY_ID: accessKeyId, R2_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  const bucket = config.r2_buckets[0]?.bucket_name;
  if (!accessKeyId || !secretAccessKey || bucket === undefined) return;
  const answer = await probeCopySource({ endpoint, bucket, accessKeyId, secretAccessKey });
  if (answer === "copied")
    throw new DeployFailure(
      `${endpoint} copies another object when a presigned PUT carries an unsigned x-amz-copy-source: Reelway must not go live on it (docs/deploy.md)`,
    );
  say(`${bucket} does not copy on an unsigned x-amz-copy-source (${answer})`);
}
