import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSource } from "@reelway/shared/cli/files/source-file";
import { createClient } from "@reelway/shared/client/client";
import { checkout, wranglerConfig } from "@reelway/stack/paths";
import { startStack } from "@reelway/stack/stack";
import { experimental_readRawConfig } from "wrangler";
import { z } from "zod";
import { makeSmallMinuteClip } from "../media/clips.ts";
import { startScript } from "../processes/node-script.ts";
import { table } from "../report/table.ts";
import { toolPath } from "../tools.ts";
import { type Billed, billed, dollarsOf } from "./prices.ts";

const JOBS = 3;
const POLL_MS = 2_000;
const LONGEST_MS = 180_000;
const Counts = z.record(z.string(), z.number());
const D1Databases = z.array(z.looseObject({ binding: z.string() }));
const region = "enam";

/**
 * `make cost`: uploads a small minute of video, converts it, follows and downloads the result, three times, on the embedded
 * stack with a real runner, and prints what Cloudflare would bill for one. S3 requests are counted by what was
 * transferred: one PUT per file (class A), one GET per download (class B).
 */
async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "reelway-cost-"));
  const ffmpeg = toolPath("FFMPEG_PATH", "ffmpeg");
  const clip = join(home, "minute.mp4");
  await makeSmallMinuteClip(ffmpeg, clip);
  const stack = await startStack({ dataDir: join(home, "data"), port: 0, configPath: countingConfig(home) });
  const client = createClient({ url: stack.url, key: stack.adminKey });
  const { token } = await client.runners.createToken({ region, maxUses: 1 });
  if (!token) throw new Error("the registration token came without its text");
  const runner = await startScript({
    script: new URL("../../../runner/src/main.ts", import.meta.url),
    directory: home,
    env: {
      REELWAY_URL: stack.url,
      REELWAY_REGISTRATION_TOKEN: token,
      RUNNER_NAME: "cost",
      RUNNER_REGION: region,
      STATE_DIR: join(home, "runner"),
      FFMPEG_PATH: ffmpeg,
      FFPROBE_PATH: toolPath("FFPROBE_PATH", "ffprobe"),
    },
  });
  const countsNow = async () => Counts.parse(await (await fetch(`${stack.url}/__counts`)).json());

  try {
    const before = await countsNow();
    const startedAt = Date.now();
    let transfers = { puts: 0, gets: 0 };
    for (let number = 0; number < JOBS; number++) {
      const asset = await client.assets.upload(await openSource(clip), { region });
      const job = await client.jobs.create({ assetId: asset.id, preset: "mp4-h264" });
      const done = await finished(client, job.id);
      transfers = { puts: transfers.puts + 1 + done.outputs.length, gets: transfers.gets + 2 };
    }
    const busyMs = Date.now() - startedAt;
    // What comes after the last answer: events, metrics, sweeps of the outbox.
    await sleep(6_000);
    const after = await countsNow();
    print(perJob(before, after, transfers), busyMs / JOBS);
  } finally {
    await runner.stop();
    await stack.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The one wrangler.toml with another entry: the Worker that counts. */
function countingConfig(home: string): string {
  const { rawConfig } = experimental_readRawConfig({ config: wranglerConfig });
  const path = join(home, "wrangler.json");
  const databases = D1Databases.parse(rawConfig.d1_databases).map((one) => ({
    ...one,
    migrations_dir: join(checkout, "edge/migrations"),
  }));
  const main = join(checkout, "edge/test/support/counting-worker.ts");
  writeFileSync(path, JSON.stringify({ ...rawConfig, main, d1_databases: databases }));
  return path;
}

async function finished(client: ReturnType<typeof createClient>, id: string) {
  for (const until = Date.now() + LONGEST_MS; Date.now() < until; ) {
    const job = await client.jobs.get(id);
    if (job.state === "succeeded") return job;
    if (job.state === "failed" || job.state === "canceled")
      throw new Error(`the job ended ${job.state}: ${job.error?.message}`);
    await sleep(POLL_MS);
  }
  throw new Error(`the job took longer than ${LONGEST_MS} ms`);
}

function perJob(
  before: Record<string, number>,
  after: Record<string, number>,
  transfers: { puts: number; gets: number },
): Map<Billed, number> {
  const s3: Partial<Record<Billed, number>> = { "r2 class A": transfers.puts, "r2 class B": transfers.gets };
  return new Map(
    billed.map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0) + (s3[name] ?? 0)) / JOBS] as const),
  );
}

function print(counts: Map<Billed, number>, jobMs: number): void {
  const rows = [...counts].map(([name, count]) => [
    name,
    count.toFixed(1),
    `$${(dollarsOf(name, count) * 1_000).toFixed(5)}`,
  ]);
  const total = [...counts].reduce((sum, [name, count]) => sum + dollarsOf(name, count), 0);
  rows.push(["all", "", `$${(total * 1_000).toFixed(5)}`]);
  process.stdout.write(`${table(["of one job", "count", "per 1,000 jobs"], rows)}\n\n`);
  process.stdout.write(
    `one minute of video, uploaded, converted in ${(jobMs / 1_000).toFixed(0)} s and downloaded; polled every 2 s\n`,
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the cost was not counted: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
