import { cpSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { checkout } from "@reelway/stack/paths";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backup, restore } from "./backup.ts";
import { bootstrap } from "./bootstrap.ts";
import { deploy } from "./deploy.ts";
import { readDeployment } from "./deployment.ts";
import { type StandIn, startCloudflareStandIn } from "./testing/cloudflare-stand-in.ts";
import { type StorageStandIn, startStorageStandIn } from "./testing/storage-stand-in.ts";

/** The real wrangler against a stand-in of Cloudflare's API; the tests are one story and run in order. */
const WORKER = "reelway-staging";
const SLOW_MS = 480_000;
const environment = "staging" as const;

let cloudflare: StandIn;
let storage: StorageStandIn;
const deployments = folderOfFile("deployments");
let api: { url: string; stop(): void };
/** Answers of the API that the smoke test sees: ok until told otherwise. */
let apiStatus = (_version: string | undefined): number => 200;
/** What its metrics tell at the n-th look. */
let metricsOf = (_look: number): string => "";
let looks = 0;
const variables: NodeJS.ProcessEnv = {};
const ownSecret = "own-secret-".repeat(3);
const said: string[] = [];

beforeAll(async () => {
  cloudflare = await startCloudflareStandIn();
  storage = await startStorageStandIn();
  cpSync(join(import.meta.dirname, "deployments"), deployments, { recursive: true });
  const server = createServer((request, response) => {
    if (request.url === "/api/metrics") return void response.end(metricsOf(looks++));
    const override = request.headers["cloudflare-workers-version-overrides"];
    response.writeHead(apiStatus(typeof override === "string" ? override : undefined)).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  api = { url: `http://127.0.0.1:${port}`, stop: () => void server.close() };
  Object.assign(variables, {
    PATH: process.env.PATH,
    HOME: deployments,
    CLOUDFLARE_API_TOKEN: "token-of-the-tests",
    CLOUDFLARE_ACCOUNT_ID: "acc0",
    CLOUDFLARE_API_BASE_URL: cloudflare.url,
    R2_ACCESS_KEY_ID: "the-access-key-id",
    R2_SECRET_ACCESS_KEY: "the-secret-access-key",
    BOOTSTRAP_TOKEN: "the-bootstrap-token",
  });
});

afterAll(async () => {
  api.stop();
  await Promise.all([cloudflare.stop(), storage.stop()]);
});

const say = (line: string) => void said.push(line);
const dashboard = "https://reelway-staging.acc0.workers.dev";
const runBootstrap = () =>
  bootstrap({ environment, variables, say, deployments, s3Endpoint: storage.url, url: dashboard });
const runDeploy = () => deploy({ environment, variables, say, deployments, url: api.url, rounds: 2, pauseMs: 1 });
const script = () => cloudflare.account.scripts.get(WORKER);
const serving = () => script()?.deployments[0]?.versions;
const changed = () => cloudflare.changes.splice(0).map((change) => change.replace("/accounts/acc0", ""));

test(
  "a bootstrap that breaks off goes on where it stopped, and makes everything once",
  async () => {
    cloudflare.failOnce(/POST .*\/queues$/);
    await expect(runBootstrap()).rejects.toThrow(/told to fail/);
    expect(cloudflare.account.databases.size).toBe(1);
    variables.ENCRYPTION_SECRET = "short";
    await expect(runBootstrap()).rejects.toThrow("ENCRYPTION_SECRET must have 32 characters or more");
    variables.ENCRYPTION_SECRET = ownSecret;
    await runBootstrap();

    const changes = changed();
    expect(changes.filter((change) => change === "POST /d1/database")).toHaveLength(1);
    expect([...cloudflare.account.buckets.keys()]).toEqual(["enam", "weur", "apac"].map((id) => `${WORKER}-${id}`));
    expect(cloudflare.account.queues.has(`${WORKER}-jobs-weur-dead`)).toBe(true);
    expect(cloudflare.account.buckets.get(`${WORKER}-weur`)).toMatchObject({
      created: { locationHint: "weur" },
      cors: [{ allowed: { origins: [dashboard], methods: ["GET", "HEAD", "PUT"] }, exposeHeaders: expect.anything() }],
      lifecycle: [{ abortMultipartUploadsTransition: { condition: { maxAge: 86_400 } } }],
    });
    const secrets = script()?.secrets ?? new Map<string, string>();
    expect([...secrets.keys()].sort()).toEqual([
      "BOOTSTRAP_TOKEN",
      "ENCRYPTION_SECRET",
      "R2_ACCESS_KEY_ID",
      "R2_SECRET_ACCESS_KEY",
      "SIGNING_SECRET",
    ]);
    expect(readDeployment(environment, deployments)).toMatchObject({
      accountId: "acc0",
      databaseId: expect.stringMatching(/^0000/),
    });
    // The operator's own where there is one; what is made here is said to be nobody's.
    expect(secrets.get("ENCRYPTION_SECRET")).toBe(ownSecret);
    expect(secrets.get("SIGNING_SECRET")).toMatch(/^[\w-]{43}$/);
    expect(said).toContain("made SIGNING_SECRET here: nobody can read it back (docs/backup.md)");
    expect(said.join("\n")).not.toMatch(/the-(secret-)?access-key|the-bootstrap-token|own-secret/);
    expect(cloudflare.unknown).toEqual([]);
  },
  SLOW_MS,
);

test(
  "a second bootstrap changes nothing",
  async () => {
    said.length = 0;
    await runBootstrap();
    expect(changed()).toEqual([]);
    expect(said).toEqual([`${WORKER}-enam does not copy on an unsigned x-amz-copy-source (refused)`]);
  },
  SLOW_MS,
);

test(
  "the first deploy migrates and goes out at once; it can't be rolled out by shares",
  async () => {
    const nowhere = deploy({ environment, variables, say, deployments, url: "", rounds: 1, pauseMs: 1 });
    await expect(nowhere).rejects.toThrow("Give --url");
    await runDeploy();
    const config: { vars: unknown } = JSON.parse(readFileSync(join(checkout, `wrangler.${environment}.json`), "utf8"));
    expect(config.vars).toMatchObject({ PUBLIC_URL: api.url });
    expect(serving()).toMatchObject([{ percentage: 100 }]);
    expect(script()?.migrationTag).toMatch(/^v\d+$/);
    expect(script()?.assets).toContain("/index.html");
    const [database] = cloudflare.account.databases.values();
    expect(database?.sqlite.prepare("SELECT count(*) AS tables FROM sqlite_master WHERE name = 'jobs'").get()).toEqual({
      tables: 1,
    });
    expect(cloudflare.unknown).toEqual([]);
  },
  SLOW_MS,
);

test(
  "the next one goes out by shares, each with its smoke test",
  async () => {
    changed();
    const overrides = new Set<string | undefined>();
    apiStatus = (version) => {
      overrides.add(version);
      return 200;
    };
    const [before] = serving() ?? [];
    await runDeploy();
    const uploaded = script()?.versions.at(-1);
    const shares = script()
      ?.deployments.slice(0, 3)
      .map(({ versions }) => versions.map(({ version_id, percentage }) => [version_id, percentage]));
    expect(shares).toEqual([
      [[uploaded, 100]],
      [
        [uploaded, 50],
        [before?.version_id, 50],
      ],
      [
        [uploaded, 5],
        [before?.version_id, 95],
      ],
    ]);
    expect(overrides).toEqual(new Set([`${WORKER}="${uploaded}"`, undefined]));
  },
  SLOW_MS,
);

test(
  "a version that fails its smoke test is rolled back, at its first share",
  async () => {
    const before = serving()?.[0]?.version_id;
    apiStatus = (version) => (version === undefined ? 200 : 500);
    await expect(runDeploy()).rejects.toThrow(`Rolled back to ${before}: /healthz answered 500`);
    expect(serving()).toEqual([{ version_id: before, percentage: 100 }]);
    expect(script()?.deployments[1]?.versions).toMatchObject([{ percentage: 5 }, { percentage: 95 }]);
    apiStatus = () => 200;
  },
  SLOW_MS,
);

test(
  "a version that serves errors to others is rolled back, though its smoke test passes",
  async () => {
    const before = serving()?.[0]?.version_id;
    looks = 0;
    metricsOf = (look) => `# TYPE api_requests_total counter
api_requests_total{method="GET",route="/api/v1/jobs",status="200"} ${1_000 + look * 100}
api_requests_total{method="POST",route="/api/v1/jobs",status="500"} ${look < 2 ? 40 : 60}
`;
    variables.REELWAY_API_KEY = "a-key-that-may-read-metrics";
    await expect(runDeploy()).rejects.toThrow(`Rolled back to ${before}: 20 of 120 requests failed meanwhile`);
    delete variables.REELWAY_API_KEY;
    expect(serving()).toEqual([{ version_id: before, percentage: 100 }]);
    expect(script()?.deployments[1]?.versions).toMatchObject([{ percentage: 50 }, { percentage: 50 }]);
  },
  SLOW_MS,
);

test(
  "a dump fills a new database, and the deployment names it",
  async () => {
    const [old] = cloudflare.account.databases.values();
    old?.sqlite.exec("INSERT INTO tenants (id, name, platform, createdAt) VALUES ('ten_1', 'it''s', 0, 1)");
    const file = await backup({ environment, variables, say, deployments, directory: deployments, now: 0 });
    expect(JSON.parse(readFileSync(file.replace(/sql$/, "json"), "utf8"))).toMatchObject({ bookmark: "bookmark-1" });
    await restore({ environment, variables, say, deployments, file, now: 1 });

    const { databaseId } = readDeployment(environment, deployments);
    const restored = cloudflare.account.databases.get(databaseId ?? "");
    expect(databaseId).not.toBe(old?.uuid);
    expect(restored?.sqlite.prepare("SELECT id, name FROM tenants").all()).toEqual([{ id: "ten_1", name: "it's" }]);

    // A later bootstrap must not go back to the old one, which has the name of the first.
    await runBootstrap();
    expect(readDeployment(environment, deployments)).toMatchObject({ databaseId });
  },
  SLOW_MS,
);
