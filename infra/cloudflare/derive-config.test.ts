import { expect, test } from "vitest";
import { readDeployment } from "./deployment.ts";
import { deriveConfig, queuesOf, s3Endpoint } from "./derive-config.ts";

const deployment = readDeployment("staging");
const derived = (changes: Partial<typeof deployment> = {}) =>
  deriveConfig({ environment: "staging", deployment: { ...deployment, ...changes }, accountId: "acc" });

test("every name is the environment's own, and nothing of another is left", () => {
  const config = derived();
  const names = [
    config.name,
    ...queuesOf(config),
    ...config.r2_buckets.map(({ bucket_name }) => bucket_name),
    ...config.d1_databases.map(({ database_name }) => database_name),
  ];
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(name).toMatch(/^reelway-staging(-|$)/);
  expect(JSON.stringify(config)).not.toContain("reelway-local");
  expect(config.vars).toMatchObject({
    ENVIRONMENT: "staging",
    BUCKET_PREFIX: "reelway-staging",
    R2_S3_ENDPOINT: "https://acc.r2.cloudflarestorage.com",
  });
});

test("no binding of wrangler.toml is lost", () => {
  const production = deriveConfig({
    environment: "production",
    deployment: readDeployment("production"),
    accountId: null,
  });
  expect(production.durable_objects.bindings.map(({ name }) => name)).toContain("REGION_QUEUE");
  expect(production.queues.consumers.length).toBe(derived().queues.consumers.length);
  expect(production.migrations).toEqual(derived().migrations);
});

test("a jurisdiction has buckets and an endpoint of its own", () => {
  const config = derived({ jurisdiction: "eu" });
  expect(config.r2_buckets).toMatchObject([{ jurisdiction: "eu" }, { jurisdiction: "eu" }, { jurisdiction: "eu" }]);
  expect(config.vars.R2_S3_ENDPOINT).toBe(s3Endpoint("acc", "eu"));
});

test("environments in one account share no rate limit", () => {
  const ids = (offset: number) => derived({ rateLimitOffset: offset }).ratelimits?.map((limit) => limit.namespace_id);
  if (ids(0) !== undefined) expect(ids(1_000)).not.toEqual(ids(0));
});

test("access tokens are issued by the address that clients use: the domain, else where it is deployed to", () => {
  const url = "https://reelway-staging.acc.workers.dev";
  const publicUrl = (changes: Partial<typeof deployment>) =>
    deriveConfig({ environment: "staging", deployment: { ...deployment, ...changes }, accountId: "acc", url }).vars
      .PUBLIC_URL;
  expect(publicUrl({})).toBe(url);
  expect(publicUrl({ domain: "video.example.com" })).toBe("https://video.example.com");
  expect(publicUrl({ vars: { PUBLIC_URL: "https://other.example.com" } })).toBe("https://other.example.com");
});
