import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import { OtlpEndpoint, OtlpHeaders, otlpSettings, TraceSampleRatio } from "@reelway/shared/telemetry/otlp-settings";
import { z } from "zod";
import type { Env } from "./env.ts";
import { LogLevel, setLogLevel } from "./http/log-level.ts";
import { AddressRange } from "./safety/address-range.ts";

const MAX_LEASE_SECONDS = 3_600;
const DAY_MS = 86_400_000;
/** R2's own limit of one object, less a part: 10,000 parts of at most 5 GiB would be more. */
const MAX_OBJECT_BYTES = 4.995 * 1024 ** 4;

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const secret = (minLength: number) => z.string().min(minLength).max(1_000);

/** As browsers send it: `*`, `null` and anything with a path are none. */
const Origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => URL.parse(text)?.origin === text, "must be an origin such as https://app.example.com");

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

const SettingsSchema = z
  .object({
    ENVIRONMENT: z.string().regex(/^[a-z0-9-]{1,20}$/, "must be lower-case letters, digits and -"),
    PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
    BUCKET_PREFIX: z.string().regex(/^[a-z0-9][a-z0-9-]{1,40}$/, "must be lower-case letters, digits and -"),
    R2_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
    MAX_UPLOAD_SIZE: wholeNumber(1, MAX_OBJECT_BYTES).default(limits.uploadBytes),
    MAX_OUTPUT_SIZE: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(limits.outputBytesPerTask),
    MAX_RETRIES: wholeNumber(0, 100).default(limits.retries),
    JOB_TIMEOUT: wholeNumber(1, 7 * 86_400).default(limits.jobTimeoutSeconds),
    LEASE_SECONDS: wholeNumber(3, MAX_LEASE_SECONDS).default(limits.leaseMs / 1_000),
    RETRY_BASE_MS: wholeNumber(1, limits.retryMaxMs).default(limits.retryBaseMs),
    HEDGE_FACTOR: z.coerce
      .number()
      .max(100)
      .refine((factor) => factor === 0 || factor >= 1, "must be 0, or 1 to 100")
      .default(limits.hedgeFactor),
    QUEUE_SHARDS: wholeNumber(1, limits.shardsPerRegion).default(1),
    FAILOVER_AFTER_SECONDS: wholeNumber(1, 86_400).default(limits.failoverAfterSeconds),
    FAILOVER_WAIT_SECONDS: wholeNumber(0, 7 * 86_400).default(limits.failoverWaitSeconds),
    ALLOW_PRIVATE_URLS: z.stringbool().default(false),
    RATE_LIMITS: z.stringbool({ truthy: ["on"], falsy: ["off"] }).default(true),
    TRUSTED_PROXIES: z.string().transform(listOf).pipe(z.array(AddressRange).max(50)).optional(),
    CORS_ORIGINS: z.string().default("").transform(listOf).pipe(z.array(Origin).max(50)),
    ACCESS_TOKEN_SECONDS: wholeNumber(60, 3_600).default(limits.accessTokenSeconds),
    SESSION_DAYS: wholeNumber(1, 365).default(limits.sessionDays),
    BROWSER_SESSION_HOURS: wholeNumber(1, 8_760).default(limits.browserSessionHours),
    BROWSER_SESSION_IDLE_MINUTES: wholeNumber(5, 525_600).default(limits.browserSessionIdleMinutes),
    SIGNING_KEY_DAYS: wholeNumber(1, 365).default(limits.signingKeyDays),
    INVITATION_HOURS: wholeNumber(1, 24).default(limits.invitationHours),
    PLAYBACK_TOKEN_SECONDS: wholeNumber(limits.playbackTokenSecondsMin, limits.playbackTokenSecondsMax).default(
      limits.playbackTokenSeconds,
    ),
    LOG_LEVEL: LogLevel.default("info"),
    OTEL_EXPORTER_OTLP_ENDPOINT: OtlpEndpoint,
    OTEL_EXPORTER_OTLP_HEADERS: OtlpHeaders,
    OTEL_TRACES_SAMPLE_RATIO: TraceSampleRatio,
    BOOTSTRAP_TOKEN: secret(16),
    SIGNING_SECRET: secret(32),
    ENCRYPTION_SECRET: secret(32),
    ENCRYPTION_SECRET_PREVIOUS: secret(32).optional(),
    R2_ACCESS_KEY_ID: secret(1),
    R2_SECRET_ACCESS_KEY: secret(1),
  })
  .transform((raw) => ({
    environment: raw.ENVIRONMENT,
    /** Where clients reach this installation, without a slash at its end: the issuer of its access tokens. */
    publicUrl: raw.PUBLIC_URL,
    bucketPrefix: raw.BUCKET_PREFIX,
    /** The S3 endpoint as clients and runners reach it, without a slash at its end. */
    s3Endpoint: raw.R2_S3_ENDPOINT,
    maxUploadBytes: raw.MAX_UPLOAD_SIZE,
    /** Of one task, all its files together. */
    maxOutputBytes: raw.MAX_OUTPUT_SIZE,
    maxRetries: raw.MAX_RETRIES,
    jobTimeoutSeconds: raw.JOB_TIMEOUT,
    leaseMs: raw.LEASE_SECONDS * 1_000,
    retryBaseMs: raw.RETRY_BASE_MS,
    /** A chunk that takes so many times what is usual is made by a second runner too; 0 for never. */
    hedgeFactor: raw.HEDGE_FACTOR,
    queueShards: raw.QUEUE_SHARDS,
    /** Without a live runner for this long, a region's waiting jobs go elsewhere. */
    failoverAfterMs: raw.FAILOVER_AFTER_SECONDS * 1_000,
    /** The same where the oldest has waited this long; 0 for never. */
    failoverWaitMs: raw.FAILOVER_WAIT_SECONDS * 1_000,
    /** What URLs that users give may lead to. */
    urlPolicy: {
      allowPrivate: raw.ALLOW_PRIVATE_URLS,
      ownHosts: [raw.PUBLIC_URL, raw.R2_S3_ENDPOINT].map(hostOf),
    } satisfies UrlPolicy,
    accessTokenMs: raw.ACCESS_TOKEN_SECONDS * 1_000,
    sessionMs: raw.SESSION_DAYS * DAY_MS,
    browserSessionMs: raw.BROWSER_SESSION_HOURS * 3_600_000,
    /** A browser that asks for nothing for this long is signed out. */
    browserSessionIdleMs: raw.BROWSER_SESSION_IDLE_MINUTES * 60_000,
    signingKeyMs: raw.SIGNING_KEY_DAYS * DAY_MS,
    invitationMs: raw.INVITATION_HOURS * 3_600_000,
    playbackTokenMs: raw.PLAYBACK_TOKEN_SECONDS * 1_000,
    rateLimits: raw.RATE_LIMITS,
    /** Whose word for a caller's address counts; null at Cloudflare, which gives its own. */
    trustedProxies: raw.TRUSTED_PROXIES ?? null,
    logLevel: raw.LOG_LEVEL,
    /** Where traces go; null for nowhere. */
    otlp: otlpSettings(raw.OTEL_EXPORTER_OTLP_ENDPOINT, raw.OTEL_EXPORTER_OTLP_HEADERS, raw.OTEL_TRACES_SAMPLE_RATIO),
    /** Origins whose pages may call the API from a browser. */
    corsOrigins: raw.CORS_ORIGINS,
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
  setLogLevel(settings.logLevel);
  return settings;
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

/** The same without the cache, for anything that has the text variables. */
export function parseSettings(variables: unknown): Settings {
  const parsed = SettingsSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new ReelwayError("internal", `The settings are not valid: ${wrong}`);
}
