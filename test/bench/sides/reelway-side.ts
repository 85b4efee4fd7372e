import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSource } from "@reelway/shared/cli/files/source-file";
import { type Client, createClient } from "@reelway/shared/client/client";
import { protocol, Registered, type RegisterRequest } from "@reelway/shared/contracts/runner";
import { readyUrl, startScript } from "../processes/node-script.ts";
import type { Side, WorkerOptions } from "./side.ts";

export interface ReelwaySide extends Side {
  readonly client: Client;
}

const region = "enam";
/** One worker is registered for every part that starts one. */
const realRunners = 8;

/** The embedded stack as `make up` runs it, on a fresh data directory, and the runner of this checkout. */
export async function startReelway(options: {
  directory: string;
  clip: string;
  runners: number;
  /** More of the stack's. */
  settings?: Readonly<Record<string, string>>;
}): Promise<ReelwaySide> {
  const { directory } = options;
  const dataDirectory = join(directory, "data");
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const stack = await startScript({
    script: new URL("../../../infra/stack/serve.ts", import.meta.url),
    directory,
    env: { REELWAY_DATA_DIR: dataDirectory, REELWAY_PORT: "0", REELWAY_HOST: "127.0.0.1", ...options.settings },
  });
  const url = readyUrl(stack.readyLine);
  const apiKey = await adminKey(dataDirectory);
  const client = createClient({ url, key: apiKey });
  const asset = await client.assets.upload(await openSource(options.clip), { region });
  const { token } = await client.runners.createToken({ region, maxUses: options.runners + realRunners });
  if (token === null) throw new Error("no registration token was given");
  const runnerCredentials = await Promise.all(
    Array.from({ length: options.runners }, (_, number) => register(url, { token, name: `bench-${number}` })),
  );

  let workers = 0;
  return {
    name: "Reelway",
    url,
    apiKey,
    client,
    assetId: asset.id,
    runnerCredentials,
    startWorker({ ffmpegPath, ffprobePath }: WorkerOptions) {
      workers += 1;
      return startScript({
        script: new URL("../../../runner/src/main.ts", import.meta.url),
        directory,
        env: {
          REELWAY_URL: url,
          REELWAY_REGISTRATION_TOKEN: token,
          RUNNER_NAME: `bench-worker-${workers}`,
          RUNNER_REGION: region,
          STATE_DIR: join(directory, `runner-${workers}`),
          CONCURRENCY: "1",
          FFMPEG_PATH: ffmpegPath,
          FFPROBE_PATH: ffprobePath,
        },
      });
    },
    stop: () => stack.stop(),
  };
}

/** The stack keeps the first admin's key where the command line finds it. */
async function adminKey(dataDirectory: string): Promise<string> {
  const connection: unknown = JSON.parse(await readFile(join(dataDirectory, "connection.json"), "utf8"));
  if (typeof connection === "object" && connection !== null && "key" in connection) return String(connection.key);
  throw new Error("the stack left no admin key");
}

async function register(url: string, runner: { token: string; name: string }): Promise<string> {
  const request: RegisterRequest = { ...runner, region, protocol, version: "0.1.0" };
  const answer = await fetch(`${url}/api/v1/runners/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  if (!answer.ok) throw new Error(`a runner could not be registered: ${await answer.text()}`);
  return Registered.parse(await answer.json()).credential;
}
