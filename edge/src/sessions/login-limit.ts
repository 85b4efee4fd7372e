import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { sign } from "../auth/signing.ts";
import { toHex } from "../encoding/hex.ts";
import type { Env } from "../env.ts";
import { addressKey } from "../safety/caller-address.ts";
import type { Settings } from "../settings.ts";
import { countTry, forgetTry } from "../store/login-failures.ts";

export interface LoginTry {
  readonly email: string;
  readonly ip: string | null;
  readonly now: number;
}

/**
 * Counts a try before any password is hashed. The narrow limit holds for one account from one network, so that nobody
 * can lock another out from elsewhere; wider ones hold for an account from everywhere and for a network over all
 * accounts. What the first or the last refuses does not count against the account: one network alone can't close it to
 * all others. The `ratelimits` binding does not fit: its windows end at 60 seconds and each Cloudflare location counts
 * alone. Throws `rate_limited` with the time to wait.
 */
export async function limitTries(env: Env, settings: Settings, { email, ip, now }: LoginTry) {
  const network = addressKey(ip);
  const [narrow, account, address] = await Promise.all([
    subjectOf(settings, `account ${email} from ${network}`),
    subjectOf(settings, `account ${email}`),
    subjectOf(settings, `network ${network}`),
  ]);
  await count(env, now, [
    [narrow, limits.loginsPerAccountAndAddress],
    [address, limits.loginsPerAddress],
  ]);
  await count(env, now, [[account, limits.loginsPerAccount]]);
  /** It was no failure. */
  const succeeded = () => forgetTry(env, narrow, [account, address]);
  return { succeeded };
}

/** Throws `rate_limited` when there were more of one of these subjects than it is allowed. */
async function count(env: Env, now: number, allowed: readonly (readonly [subject: string, tries: number])[]) {
  const subjects = allowed.map(([subject]) => subject);
  const counted = await countTry(env, subjects, now, limits.loginWindowMs);
  const over = allowed.flatMap(([subject, most]) => {
    const tries = counted.get(subject);
    return tries && tries.count > most ? [tries.since + limits.loginWindowMs] : [];
  });
  if (over.length === 0) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((Math.max(...over) - now) / 1_000));
  throw new ReelwayError("rate_limited", "Too many failed logins", { retryAfterSeconds });
}

/** The table holds no addresses, neither of mail nor of networks. */
async function subjectOf(settings: Settings, text: string): Promise<string> {
  return toHex((await sign(settings, "login", text)).subarray(0, 16));
}
