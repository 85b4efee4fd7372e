import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { z } from "zod";
import { accessOf, CloudflareReader } from "./cloudflare-api.ts";
import { DeployFailure } from "./deploy-failure.ts";
import { type Environment, readDeployment } from "./deployment.ts";
import { type DerivedConfig, deriveConfig, writeConfig } from "./derive-config.ts";
import { answeredBy, errorRateProblem } from "./error-rate.ts";
import { type SmokeTest, smokeTest } from "./smoke-test.ts";
import { type RunWrangler, wranglerFor } from "./wrangler-cli.ts";

export interface DeployOptions {
  readonly environment: Environment;
  /** Where the API answers; default: the deployment's domain. */
  readonly url?: string | undefined;
  readonly variables: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  /** Rounds of the smoke test at each share, and the pause between them. */
  readonly rounds: number;
  readonly pauseMs: number;
  readonly deployments?: string | undefined;
}

/** Percent of the traffic that the new version gets, one after the other. */
const shares = [5, 50, 100] as const;

/**
 * Migrates, uploads, rolls out and tests. A version that brings a Durable Object migration can't be rolled out by
 * shares, so it goes out at once. When the smoke test fails, the version before serves again; migrations of D1 stay, and
 * are written so that the version before can live with them. @throws DeployFailure
 */
export async function deploy(options: DeployOptions): Promise<void> {
  const { environment, variables, say } = options;
  const deployment = readDeployment(environment, options.deployments);
  if (deployment.databaseId === null) throw new DeployFailure(`Run first: pnpm run bootstrap -- --env ${environment}`);
  const access = accessOf(variables, deployment.accountId);
  // A variable that a workflow lacks comes as an empty text.
  const url = options.url || (deployment.domain === null ? undefined : `https://${deployment.domain}`);
  if (url === undefined) throw new DeployFailure("Give --url: the deployment's file names no domain");
  const config = deriveConfig({ environment, deployment, accountId: access.accountId, url });
  const run: Rollout = {
    config,
    configPath: writeConfig(environment, config),
    wrangler: wranglerFor({ ...variables, CLOUDFLARE_ACCOUNT_ID: access.accountId }),
    reader: new CloudflareReader(access),
    say,
    test: { url, key: variables.REELWAY_API_KEY, rounds: options.rounds, pauseMs: options.pauseMs },
  };

  await run.wrangler({
    args: ["d1", "migrations", "apply", deployment.prefix, "--remote", "--config", run.configPath],
  });
  say("the database is migrated");
  const objects = await objectMigration(run);
  // Without objects it is the empty Worker that holds the secrets until the first deploy.
  const before = objects === undefined ? undefined : await servingVersion(run);
  if (before === undefined || objects !== config.migrations.at(-1)?.tag) await rolloutAtOnce(run, before);
  else await rolloutByShares(run, before);
}

interface Rollout {
  readonly config: DerivedConfig;
  readonly configPath: string;
  readonly wrangler: RunWrangler;
  readonly reader: CloudflareReader;
  readonly say: (line: string) => void;
  readonly test: SmokeTest;
}

async function rolloutAtOnce(run: Rollout, before: string | undefined): Promise<void> {
  await run.wrangler({ args: ["deploy", "--config", run.configPath] });
  run.say("deployed to all traffic at once (first deploy, or a Durable Object migration)");
  const problem = await smokeTest(run.test);
  if (problem === undefined) return run.say("the smoke test passed");
  if (before === undefined)
    throw new DeployFailure(`The smoke test failed, and there is no version to go back to: ${problem}`);
  await rollBack(run, before, problem);
}

async function rolloutByShares(run: Rollout, before: string): Promise<void> {
  const uploaded = await uploadVersion(run);
  run.say(`uploaded version ${uploaded}`);
  const test = { ...run.test, version: { worker: run.config.name, id: uploaded } };
  const { url, key } = run.test;
  let answered = await answeredBy(url, key);
  if (answered === null) run.say("the error rate is not looked at: set REELWAY_API_KEY to a key that may read metrics");
  for (const share of shares) {
    const split = share === 100 ? [`${uploaded}@100`] : [`${uploaded}@${share}`, `${before}@${100 - share}`];
    try {
      await run.wrangler({ args: ["versions", "deploy", ...split, "--yes", "--config", run.configPath] });
    } catch (error) {
      await rollBack(run, before, reasonOf(error));
    }
    run.say(`${share} % of the traffic`);
    // Above the first share also as everybody is served, not only by the version that is asked for.
    const problem = (await smokeTest(test)) ?? (share === 100 ? await smokeTest(run.test) : undefined);
    const answeredSince = await answeredBy(url, key);
    const wrong = problem ?? errorRateProblem(answered, answeredSince);
    if (wrong !== undefined) await rollBack(run, before, wrong);
    answered = answeredSince;
  }
  run.say("the smoke test passed at every share");
}

async function rollBack(run: Rollout, version: string, reason: string): Promise<never> {
  await run.wrangler({ args: ["versions", "deploy", `${version}@100`, "--yes", "--config", run.configPath] });
  throw new DeployFailure(`Rolled back to ${version}: ${reason}`);
}

const UploadOutput = z.looseObject({ type: z.literal("version-upload"), version_id: z.string() });

/** Wrangler tells its results to programs in a file of JSON lines. */
async function uploadVersion({ wrangler, configPath }: Rollout): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "reelway-deploy-"));
  try {
    const output = join(directory, "output.ndjson");
    await wrangler({
      args: ["versions", "upload", "--config", configPath],
      env: { WRANGLER_OUTPUT_FILE_PATH: output },
    });
    const lines = readFileSync(output, "utf8").trim().split("\n");
    const uploads = lines.map((line) => UploadOutput.safeParse(JSON.parse(line))).filter(({ success }) => success);
    const version = uploads[0]?.data?.version_id;
    if (version === undefined) throw new DeployFailure("wrangler did not say which version it uploaded");
    return version;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const Deployments = z.looseObject({
  deployments: z.array(
    z.looseObject({ versions: z.array(z.looseObject({ version_id: z.string(), percentage: z.number() })) }),
  ),
});

/** The version with most of the traffic, or undefined before the first deploy. */
async function servingVersion({ reader, config }: Rollout): Promise<string | undefined> {
  const found = await reader.get(`/workers/scripts/${config.name}/deployments`, Deployments);
  const versions = found?.deployments[0]?.versions ?? [];
  return versions.toSorted((a, b) => b.percentage - a.percentage)[0]?.version_id;
}

const Scripts = z.array(z.looseObject({ id: z.string(), migration_tag: z.string().optional() }));

/** The last Durable Object migration that the account has run; undefined before the first. */
async function objectMigration({ reader, config }: Rollout): Promise<string | undefined> {
  const scripts = await reader.get("/workers/scripts", Scripts);
  return scripts?.find(({ id }) => id === config.name)?.migration_tag;
}
