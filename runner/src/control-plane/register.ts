import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import type { RunnerClient } from "@reelway/shared/client/runner-client";
import { protocol } from "@reelway/shared/contracts/runner";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { version } from "../version.ts";
import { digestOfToken, type Identity, keepIdentity, readIdentity } from "./identity.ts";

export interface Registration {
  readonly config: Config;
  readonly client: RunnerClient;
  readonly pacing: Pacing;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const retryPolicy = { retries: Number.POSITIVE_INFINITY, baseMs: 500, maxMs: 30_000 };

/** The kept identity, where it is one for this control plane and region; else registers. */
export async function obtainIdentity(registration: Registration): Promise<Identity> {
  const { config } = registration;
  const kept = await readIdentity(config.stateDirectory);
  if (kept && sameHost(kept.url, config.url) && kept.region === config.region) return kept;
  return register(registration);
}

/**
 * Turns the registration token into this runner's own credential and keeps it. A control plane that can't be reached
 * is tried again for as long as it takes.
 * @throws ReelwayError when it is refused, or no token is configured.
 */
export async function register(registration: Registration): Promise<Identity> {
  const { config, client, pacing, log, signal } = registration;
  const token = config.registrationToken;
  if (token === undefined)
    throw new ReelwayError(
      "registration_refused",
      `this runner is not registered with ${config.url} in ${config.region}: set REELWAY_REGISTRATION_TOKEN`,
    );
  const { name, region, labels, url } = config;
  for (let retry = 0; ; retry++) {
    try {
      const { runnerId, credential } = await client.register(
        { token, name, region, labels, protocol, version },
        { signal },
      );
      const identity = { url, region, runnerId, credential, tokenDigest: digestOfToken(token) };
      await keepIdentity(config.stateDirectory, identity);
      log.info({ runnerId, region }, "registered");
      return identity;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ReelwayError) || !isRetryable(error.code)) throw error;
      const waitMs = backoffMs(retry, retryPolicy, pacing.random);
      log.warn({ reason: error.message, waitMs }, "registration did not get through; trying again");
      await pacing.sleep(waitMs, signal);
    }
  }
}

/** The credential belongs to a host; its port may change between starts of a local stack. */
function sameHost(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  return a.protocol === b.protocol && a.hostname === b.hostname;
}
