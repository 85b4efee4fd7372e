import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, wranglerConfig } from "@reelway/stack/paths";
import { experimental_readRawConfig } from "wrangler";
import { z } from "zod";
import type { Deployment, Environment } from "./deployment.ts";

const Named = z.looseObject({ name: z.string(), class_name: z.string() });
/** The parts of wrangler.toml that differ by environment; all others go over as they are. */
const RawConfig = z.looseObject({
  name: z.string(),
  vars: z.record(z.string(), z.unknown()),
  d1_databases: z.array(z.looseObject({ database_name: z.string(), database_id: z.string() })).length(1),
  durable_objects: z.looseObject({ bindings: z.array(Named) }),
  migrations: z.array(z.looseObject({ tag: z.string() })),
  r2_buckets: z.array(z.looseObject({ binding: z.string(), bucket_name: z.string(), local_dev: z.unknown() })),
  queues: z.looseObject({
    producers: z.array(z.looseObject({ queue: z.string() })),
    consumers: z.array(z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() })),
  }),
  ratelimits: z.array(z.looseObject({ namespace_id: z.string() })).optional(),
});
export type DerivedConfig = z.infer<typeof RawConfig>;

/** Stands for an id that is not known yet: enough for a dry run. */
const UNKNOWN_DATABASE = "00000000-0000-0000-0000-000000000000";
const UNKNOWN_ACCOUNT = "unknown-account";

export interface Place {
  readonly environment: Environment;
  readonly deployment: Deployment;
  readonly accountId: string | null;
  /** Where clients reach it, for a deployment without a domain of its own. */
  readonly url?: string | undefined;
}

/**
 * The configuration of one environment, made from the one wrangler.toml: the same bindings with names, ids and settings
 * of its own, since wrangler's own environments inherit no binding.
 */
export function deriveConfig({ environment, deployment, accountId, url }: Place): DerivedConfig {
  const { rawConfig } = experimental_readRawConfig({ config: wranglerConfig });
  const base = RawConfig.parse(rawConfig);
  const renamed = (name: string) => deployment.prefix + name.slice(base.name.length);
  const account = accountId ?? UNKNOWN_ACCOUNT;
  const publicUrl = deployment.domain === null ? url : `https://${deployment.domain}`;
  return {
    ...base,
    name: deployment.prefix,
    ...(deployment.domain === null
      ? { workers_dev: true }
      : { workers_dev: false, routes: [{ pattern: deployment.domain, custom_domain: true }] }),
    preview_urls: false,
    vars: {
      ...base.vars,
      ENVIRONMENT: environment,
      BUCKET_PREFIX: deployment.prefix,
      R2_S3_ENDPOINT: s3Endpoint(account, deployment.jurisdiction),
      ...(publicUrl === undefined ? {} : { PUBLIC_URL: publicUrl }),
      ...deployment.vars,
    },
    d1_databases: base.d1_databases.map((database) => ({
      ...database,
      database_name: deployment.prefix,
      database_id: deployment.databaseId ?? UNKNOWN_DATABASE,
    })),
    r2_buckets: base.r2_buckets.map(({ local_dev: _simulator, ...bucket }) => ({
      ...bucket,
      bucket_name: renamed(bucket.bucket_name),
      ...(deployment.jurisdiction === null ? {} : { jurisdiction: deployment.jurisdiction }),
      local_dev: undefined,
    })),
    queues: {
      ...base.queues,
      producers: base.queues.producers.map((producer) => ({ ...producer, queue: renamed(producer.queue) })),
      consumers: base.queues.consumers.map((consumer) => ({
        ...consumer,
        queue: renamed(consumer.queue),
        ...(consumer.dead_letter_queue === undefined ? {} : { dead_letter_queue: renamed(consumer.dead_letter_queue) }),
      })),
    },
    ...(base.ratelimits === undefined
      ? {}
      : {
          ratelimits: base.ratelimits.map((limit) => ({
            ...limit,
            namespace_id: String(Number(limit.namespace_id) + deployment.rateLimitOffset),
          })),
        }),
  };
}

/** Where the buckets answer over S3; a jurisdiction has an endpoint of its own. */
export function s3Endpoint(accountId: string, jurisdiction: Deployment["jurisdiction"]): string {
  return `https://${accountId}${jurisdiction === null ? "" : `.${jurisdiction}`}.r2.cloudflarestorage.com`;
}

/** Writes the configuration where its paths hold, and answers its path. */
export function writeConfig(environment: Environment, config: DerivedConfig): string {
  const path = join(checkout, `wrangler.${environment}.json`);
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  return path;
}

/** Every queue that the configuration names, dead letters included. */
export function queuesOf({ queues }: DerivedConfig): string[] {
  const names = [
    ...queues.producers.map(({ queue }) => queue),
    ...queues.consumers.flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue ?? queue]),
  ];
  return [...new Set(names)];
}
