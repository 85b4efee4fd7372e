import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineProject } from "vitest/config";
import { testWorkers } from "../test/support/test-workers.ts";

/** Secrets of the tests' own; everything else is as in wrangler.toml. */
const secrets = {
  BOOTSTRAP_TOKEN: "bootstrap-token-of-the-tests",
  SIGNING_SECRET: "a signing secret that only the tests use, long enough",
  ENCRYPTION_SECRET: "an encryption secret that only the tests use, long enough",
  R2_ACCESS_KEY_ID: "reelway-local",
  R2_SECRET_ACCESS_KEY: "reelway-local-secret",
};

/** Each file loads every module anew. What these packages are made of, half of all modules, is bundled once before. */
const bundledPackages = [
  ...["@cfworker/json-schema", "@hono/zod-openapi", "aws4fetch", "fast-check", "ipaddr.js", "standardwebhooks", "zod"],
  ...["@opentelemetry/api", "@opentelemetry/core", "@opentelemetry/otlp-transformer"],
  ...["@opentelemetry/resources", "@opentelemetry/sdk-trace"],
  ...["drizzle-orm", "drizzle-orm/d1", "drizzle-orm/sqlite-core"],
  ...["hono", "hono/body-limit", "hono/cookie", "hono/cors", "hono/html", "hono/http-exception", "hono/route"],
  ...["jose", "jose/errors"],
];

/** The control plane's tests run in workerd, on real D1, R2, Queues and Durable Objects. Storage is fresh per file. */
export default defineProject(async () => {
  const TEST_MIGRATIONS = await readD1Migrations(path.join(import.meta.dirname, "migrations"));
  return {
    plugins: [
      cloudflareTest({
        wrangler: { configPath: "../wrangler.toml" },
        // All tests of a file come from one address: those of the limits turn them on. What one test leaves leased must
        // not be hedged in the next, however slow the machine: those of hedging turn it on.
        miniflare: {
          bindings: { ...secrets, RATE_LIMITS: "off", HEDGE_FACTOR: "0", TEST_MIGRATIONS },
          // Whatever state the dashboard's own build is in.
          assets: { directory: path.join(import.meta.dirname, "test", "page"), binding: "ASSETS" },
        },
      }),
    ],
    test: {
      name: "edge",
      include: ["test/**/*.test.ts"],
      deps: { optimizer: { ssr: { enabled: true, include: bundledPackages } } },
      setupFiles: ["./test/setup.ts"],
      maxWorkers: testWorkers,
      globalSetup: ["../test/support/webhook-receiver-setup.ts"],
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  };
});
