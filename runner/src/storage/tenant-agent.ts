import { guardedAgent } from "@reelway/shared/net/guarded-agent";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import type { Agent } from "undici";

const connectTimeoutMs = 15_000;

/** The way to what tenants name, a source's URL or a bucket of their own: no further than the policy allows. Whoever opens it destroys it. */
export function tenantAgent({ allowPrivate }: UrlPolicy, idleTimeoutMs: number): Agent {
  return guardedAgent({ allowPrivate, connectTimeoutMs, idleTimeoutMs });
}
