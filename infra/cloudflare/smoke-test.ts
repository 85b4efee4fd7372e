import { setTimeout as sleep } from "node:timers/promises";

export interface SmokeTest {
  readonly url: string;
  /** Asks this version alone, whatever its share of the traffic is. */
  readonly version?: { readonly worker: string; readonly id: string } | undefined;
  /** An API key that may read jobs; without one only what is public is asked for. */
  readonly key?: string | undefined;
  readonly rounds: number;
  readonly pauseMs: number;
}

/** The first answers of a new version may come before it is everywhere. */
const TOLERATED_ROUNDS = 3;

/** Asks the API the same few things for some rounds. Answers what was wrong; undefined when all was well. */
export async function smokeTest(test: SmokeTest): Promise<string | undefined> {
  const paths = ["/healthz", "/readyz", "/", "/api/v1/openapi.json", ...(test.key ? ["/api/v1/jobs?limit=1"] : [])];
  let started = false;
  let last: string | undefined;
  for (let round = 0; round < test.rounds; round++) {
    if (round > 0) await sleep(test.pauseMs);
    last = await firstProblem(test, paths);
    if (last === undefined) started = true;
    else if (started || round + 1 >= TOLERATED_ROUNDS) return last;
  }
  return last;
}

async function firstProblem(test: SmokeTest, paths: readonly string[]) {
  for (const path of paths) {
    const headers: Record<string, string> = {};
    if (test.version) headers["cloudflare-workers-version-overrides"] = `${test.version.worker}="${test.version.id}"`;
    if (test.key && path.startsWith("/api/")) headers.authorization = `Bearer ${test.key}`;
    try {
      const response = await fetch(`${test.url}${path}`, { headers, signal: AbortSignal.timeout(15_000) });
      if (!response.ok) return `${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`;
      await response.body?.cancel();
    } catch (error) {
      return `${path} did not answer: ${error instanceof Error ? error.message : error}`;
    }
  }
  return undefined;
}
