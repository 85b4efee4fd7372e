import { randomBytes } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { newRegionalId } from "@reelway/shared/ids";
import { Redis } from "ioredis";
import { Credentials } from "../baseline/credentials.ts";
import { JobStore } from "../baseline/job-store.ts";
import { startRedis } from "../baseline/redis-server.ts";
import { readyUrl, startScript } from "../processes/node-script.ts";
import type { Side, WorkerOptions } from "./side.ts";

export interface BaselineSide extends Side {
  /** `always`: answers only what is on disk, as Reelway does. */
  setSync(policy: "always" | "everysec"): Promise<void>;
  /** BullMQ's own worker with nothing to do, on what is queued. Jobs per second. */
  countNatively(options: { concurrency: number; count: number }): Promise<{ completed: number; elapsedMs: number }>;
}

/** fastify + BullMQ + Redis: a server process, a Redis process and, when asked for, worker processes. */
export async function startBaseline(options: {
  directory: string;
  redisVersion: string;
  clip: string;
  runners: number;
}): Promise<BaselineSide> {
  const { directory } = options;
  const files = join(directory, "files");
  const scratch = join(directory, "scratch");
  await mkdir(files, { recursive: true });
  await mkdir(scratch);
  const redis = await startRedis(directory, options.redisVersion);
  const env = {
    BASELINE_REDIS_SOCKET: redis.socketPath,
    BASELINE_PEPPER: randomBytes(32).toString("hex"),
    BASELINE_FILES: files,
  };

  const connection = new Redis({ path: redis.socketPath });
  const tenantId = "ten_baseline";
  const assetId = newRegionalId("ast", "enam");
  await copyFile(options.clip, join(files, assetId));
  await new JobStore(connection).putAsset(assetId, tenantId);
  const credentials = new Credentials(connection, env.BASELINE_PEPPER);
  const apiKey = await credentials.create("member", tenantId, "member");
  const runnerCredentials = await Promise.all(
    Array.from({ length: options.runners }, (_, number) => credentials.create(`runner-${number}`, tenantId, "runner")),
  );
  connection.disconnect();

  const script = (name: string, more: Record<string, string> = {}) =>
    startScript({ script: new URL(`../baseline/${name}.ts`, import.meta.url), directory, env: { ...env, ...more } });
  const server = await script("server");
  const url = readyUrl(server.readyLine);

  return {
    name: "fastify + BullMQ + Redis",
    url,
    apiKey,
    assetId,
    runnerCredentials,
    startWorker: ({ ffmpegPath, ffprobePath, template }: WorkerOptions) =>
      script("ffmpeg-worker", {
        BASELINE_URL: url,
        BASELINE_SCRATCH: scratch,
        FFMPEG_PATH: ffmpegPath,
        FFPROBE_PATH: ffprobePath,
        BASELINE_FFMPEG_ARGUMENTS: template?.toJson() ?? "",
      }),
    setSync: (policy) => redis.setSync(policy),
    async countNatively({ concurrency, count }) {
      const worker = await script("counting-worker", {
        BASELINE_CONCURRENCY: String(concurrency),
        BASELINE_COUNT: String(count),
      });
      const result = await countOf(worker);
      await worker.stop();
      return result;
    },
    async stop() {
      await server.stop();
      await redis.stop();
    },
  };
}

function countOf(worker: {
  onLine(listener: (line: string) => void): void;
}): Promise<{ completed: number; elapsedMs: number }> {
  return new Promise((resolve) => {
    worker.onLine((line) => {
      const message: unknown = JSON.parse(line);
      if (typeof message !== "object" || message === null || !("completed" in message && "elapsedMs" in message))
        return;
      resolve({ completed: Number(message.completed), elapsedMs: Number(message.elapsedMs) });
    });
  });
}
