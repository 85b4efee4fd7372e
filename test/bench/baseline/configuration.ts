import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** What the bench tells the baseline's processes, in environment variables. */
export interface BaselineConfiguration {
  /** The Unix socket of Redis. */
  readonly redisSocket: string;
  /** Mixed into the hash of every key. */
  readonly pepper: string;
  /** A folder with the assets' files, named by asset id. */
  readonly filesDirectory: string;
}

export function readConfiguration(env: NodeJS.ProcessEnv): BaselineConfiguration {
  return {
    redisSocket: wanted(env, "BASELINE_REDIS_SOCKET"),
    pepper: wanted(env, "BASELINE_PEPPER"),
    filesDirectory: wanted(env, "BASELINE_FILES"),
  };
}

export function wanted(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new ReelwayError("invalid_request", `${name} is not set`);
  return value;
}
