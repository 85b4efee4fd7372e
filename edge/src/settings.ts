import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { z } from "zod";
import type { Env } from "./env.ts";

const MAX_LEASE_SECONDS = 3_600;
/** R2's own limit of one object, less a part: 10,000 parts of at most 5 GiB would be more. */
const MAX_OBJECT_BYTES = 4.995 * 1024 ** 4;

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const secret = (minLength: number) => z.string().min(minLength).max(1_000);

const SettingsSchema = z
  .object({
    ENVIRONMENT: z.string().regex(/^[a-z0-9-]{1,20}$/, "must be lower-case letters, digits and -"),
    BUCKET_PREFIX: z.string().regex(/^[a-z0-9][a-z0-9-]{1,40}$/, "must be lower-case letters, digits and -"),
    R2_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
    MAX_UPLOAD_SIZE: wholeNumber(1, MAX_OBJECT_BYTES).default(limits.uploadBytes),
    MAX_RETRIES: wholeNumber(0, 100).default(limits.retries),
    JOB_TIMEOUT: wholeNumber(1, 7 * 86_400).default(limits.jobTimeoutSeconds),
    LEASE_SECONDS: wholeNumber(3, MAX_LEASE_SECONDS).default(limits.leaseMs / 1_000),
    RETRY_BASE_MS: wholeNumber(1, limits.retryMaxMs).default(limits.retryBaseMs),
    QUEUE_SHARDS: wholeNumber(1, limits.shardsPerRegion).default(1),
    BOOTSTRAP_TOKEN: secret(16),
    SIGNING_SECRET: secret(32),
    ENCRYPTION_SECRET: secret(32),
    ENCRYPTION_SECRET_PREVIOUS: secret(32).optional(),
    R2_ACCESS_KEY_ID: secret(1),
    R2_SECRET_ACCESS_KEY: secret(1),
  })
  .transform((raw) => ({
    environment: raw.ENVIRONMENT,
    bucketPrefix: raw.BUCKET_PREFIX,
    /** The S3 endpoint as clients and runners reach it, without a slash at its end. */
    s3Endpoint: raw.R2_S3_ENDPOINT,
    maxUploadBytes: raw.MAX_UPLOAD_SIZE,
    maxRetries: raw.MAX_RETRIES,
    jobTimeoutSeconds: raw.JOB_TIMEOUT,
    leaseMs: raw.LEASE_SECONDS * 1_000,
    retryBaseMs: raw.RETRY_BASE_MS,
    queueShards: raw.QUEUE_SHARDS,
    bootstrapToken: raw.BOOTSTRAP_TOKEN,
    signingSecret: raw.SIGNING_SECRET,
    /** The current one first; the others only decrypt. */
    encryptionSecrets: [raw.ENCRYPTION_SECRET, raw.ENCRYPTION_SECRET_PREVIOUS].filter((text) => text !== undefined),
    r2AccessKeyId: raw.R2_ACCESS_KEY_ID,
    r2SecretAccessKey: raw.R2_SECRET_ACCESS_KEY,
  }));

/** The Worker's settings, checked. Every variable is described in docs/configuration.md. */
export type Settings = Readonly<z.output<typeof SettingsSchema>>;

const settingsByEnv = new WeakMap<object, Settings>();

/** Reads and checks the settings once per isolate. Throws `internal`, naming every variable that is wrong. */
export function settingsOf(env: Env): Settings {
  const known = settingsByEnv.get(env);
  if (known) return known;
  const settings = Object.freeze(parseSettings(env));
  settingsByEnv.set(env, settings);
  return settings;
}

/** The same without the cache, for anything that has the text variables. */
export function parseSettings(variables: unknown): Settings {
  const parsed = SettingsSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new ReelwayError("internal", `The settings are not valid: ${wrong}`);
}
