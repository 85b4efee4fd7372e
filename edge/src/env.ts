import type { RegionId } from "@reelway/shared/regions";
import type { JobChannel } from "./objects/job-channel.ts";
import type { MetricsHub } from "./objects/metrics-hub.ts";
import type { RegionQueue } from "./objects/region-queue.ts";
import type { JobEventsMessage, JobsMessage, WebhooksMessage } from "./queues/messages.ts";

/** The Worker's bindings, as wrangler.toml names them. Text settings are validated in settings.ts. */
export interface Env {
  DB: D1Database;
  REGION_QUEUE: DurableObjectNamespace<RegionQueue>;
  JOB_CHANNEL: DurableObjectNamespace<JobChannel>;
  METRICS_HUB: DurableObjectNamespace<MetricsHub>;
  BUCKET_ENAM: R2Bucket;
  BUCKET_WEUR: R2Bucket;
  BUCKET_APAC: R2Bucket;
  JOBS_ENAM: Queue<JobsMessage>;
  JOBS_WEUR: Queue<JobsMessage>;
  JOBS_APAC: Queue<JobsMessage>;
  JOB_EVENTS: Queue<JobEventsMessage>;
  WEBHOOKS: Queue<WebhooksMessage>;
  RATE_LIMIT_CALLER: RateLimit;
  RATE_LIMIT_RUNNER: RateLimit;
  RATE_LIMIT_ADDRESS: RateLimit;
  RATE_LIMIT_SIGN_IN: RateLimit;
  RATE_LIMIT_PLAYBACK: RateLimit;
  /** The dashboard, as it was built; absent where it was not. */
  ASSETS?: Fetcher;

  ENVIRONMENT: string;
  PUBLIC_URL: string;
  BUCKET_PREFIX: string;
  R2_S3_ENDPOINT: string;
  MAX_UPLOAD_SIZE: string;
  MAX_RETRIES: string;
  JOB_TIMEOUT: string;
  LEASE_SECONDS: string;
  RETRY_BASE_MS: string;
  HEDGE_FACTOR: string;
  QUEUE_SHARDS: string;
  FAILOVER_AFTER_SECONDS: string;
  FAILOVER_WAIT_SECONDS: string;
  ALLOW_PRIVATE_URLS: string;
  RATE_LIMITS: string;
  TRUSTED_PROXIES?: string;
  CORS_ORIGINS: string;

  ACCESS_TOKEN_SECONDS: string;
  SESSION_DAYS: string;
  BROWSER_SESSION_HOURS: string;
  BROWSER_SESSION_IDLE_MINUTES: string;
  SIGNING_KEY_DAYS: string;
  INVITATION_HOURS: string;
  PLAYBACK_TOKEN_SECONDS: string;

  LOG_LEVEL: string;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  OTEL_EXPORTER_OTLP_HEADERS?: string;
  OTEL_TRACES_SAMPLE_RATIO: string;

  BOOTSTRAP_TOKEN: string;
  SIGNING_SECRET: string;
  ENCRYPTION_SECRET: string;
  ENCRYPTION_SECRET_PREVIOUS?: string;
  R2_ACCESS_KEY_ID: string;
  R2_SECRET_ACCESS_KEY: string;
}

export function bucketOf(env: Env, region: RegionId): R2Bucket {
  return { enam: env.BUCKET_ENAM, weur: env.BUCKET_WEUR, apac: env.BUCKET_APAC }[region];
}

export function jobsQueueOf(env: Env, region: RegionId): Queue<JobsMessage> {
  return { enam: env.JOBS_ENAM, weur: env.JOBS_WEUR, apac: env.JOBS_APAC }[region];
}
