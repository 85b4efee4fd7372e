import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defaultRegion, RegionId } from "@reelway/shared/regions";
import { z } from "zod";
import { defaultDataDir } from "./paths.ts";
import { StackFailure } from "./stack-failure.ts";

/** Settings of the Worker that may be given to the stack, under the same names. */
const workerVariables = [
  "MAX_UPLOAD_SIZE",
  "MAX_OUTPUT_SIZE",
  "MAX_RETRIES",
  "JOB_TIMEOUT",
  "LEASE_SECONDS",
  "HEDGE_FACTOR",
  "RETRY_BASE_MS",
  "QUEUE_SHARDS",
  "FAILOVER_AFTER_SECONDS",
  "FAILOVER_WAIT_SECONDS",
  "ALLOW_PRIVATE_URLS",
  "RATE_LIMITS",
  "TRUSTED_PROXIES",
  "BROWSER_SESSION_HOURS",
  "BROWSER_SESSION_IDLE_MINUTES",
  "CORS_ORIGINS",
  "LOG_LEVEL",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_TRACES_SAMPLE_RATIO",
] as const;

const Environment = z.object({
  REELWAY_DATA_DIR: z.string().min(1).default(defaultDataDir).describe("a folder"),
  REELWAY_HOST: z.string().min(1).default("127.0.0.1").describe("an address to listen on"),
  REELWAY_PORT: z.coerce.number().int().min(0).max(65_535).optional().describe("a port, 0 for any free one"),
  REELWAY_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("a URL that starts with http"),
  REELWAY_RUNNERS: z.coerce.number().int().min(0).max(256).optional().describe("a number of runners"),
  REELWAY_RUNNER_REGIONS: z
    .string()
    .default(defaultRegion)
    .transform((text) => text.split(",").map((region) => region.trim()))
    .pipe(z.array(RegionId).min(1))
    .describe(`regions with commas between: ${RegionId.options.join(", ")}`),
  REELWAY_INSPECTOR_PORT: z.coerce.number().int().min(1).max(65_535).optional().describe("a port"),
  REELWAY_CRON_SECONDS: z.coerce.number().min(0.1).max(3_600).default(60).describe("seconds"),
});

export interface StackSettings {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly publicUrl: string | undefined;
  readonly runners: number;
  /** The runners' regions, in turn. */
  readonly runnerRegions: readonly RegionId[];
  readonly cronIntervalMs: number;
  /** Of this host alone, where debuggers reach workerd; none without it. */
  readonly inspectorPort: number | undefined;
  readonly vars: Readonly<Record<string, string>>;
}

/** The stack's settings from environment variables (docs/configuration.md). Throws StackFailure naming every wrong one. */
export function readSettings(environment: NodeJS.ProcessEnv): StackSettings {
  // An empty variable is how `make up REELWAY_PORT=` says "not given".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
    throw new StackFailure(names.map((name) => `${name} must be ${wanted(name)}, not "${given[name]}".`).join("\n"));
  }
  const settings = parsed.data;
  return {
    dataDir: resolve(settings.REELWAY_DATA_DIR),
    host: settings.REELWAY_HOST,
    port: settings.REELWAY_PORT,
    publicUrl: settings.REELWAY_PUBLIC_URL,
    runners: settings.REELWAY_RUNNERS ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    runnerRegions: settings.REELWAY_RUNNER_REGIONS,
    cronIntervalMs: settings.REELWAY_CRON_SECONDS * 1_000,
    inspectorPort: settings.REELWAY_INSPECTOR_PORT,
    vars: Object.fromEntries(
      workerVariables.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
    ),
  };
}

function wanted(name: string): string {
  const fields: Readonly<Record<string, z.ZodType>> = Environment.shape;
  return fields[name]?.description ?? "valid";
}
