import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Redis } from "ioredis";
import { type StartedProcess, startProcess } from "../processes/child-process.ts";

export interface RedisServer {
  readonly version: string;
  readonly socketPath: string;
  /** From now on, answers what is on disk (`always`) or syncs once a second. */
  setSync(policy: "always" | "everysec"): Promise<void>;
  stop(): Promise<void>;
}

/** The installed redis-server's version; null where there is none. */
export function redisVersion(): string | null {
  const answer = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\S+)/.exec(answer.stdout ?? "")?.[1] ?? null;
}

/**
 * A Redis of our own, set up as BullMQ's guide for production asks: append-only file, synced every second, no eviction.
 * It listens on a Unix socket, which is quicker than TCP and can't collide with another Redis.
 */
export async function startRedis(directory: string, version: string): Promise<RedisServer> {
  const socketPath = join(directory, "redis.sock");
  const server: StartedProcess = await startProcess({
    name: "redis-server",
    command: "redis-server",
    arguments: [
      ...["--port", "0", "--unixsocket", socketPath, "--dir", directory],
      ...["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"],
    ],
    logFile: join(directory, "redis.log"),
    isReady: (line) => /ready to accept connections/i.test(line),
  });
  return {
    version,
    socketPath,
    async setSync(policy) {
      const connection = new Redis({ path: socketPath });
      await connection.config("SET", "appendfsync", policy);
      connection.disconnect();
    },
    stop: () => server.stop(),
  };
}
