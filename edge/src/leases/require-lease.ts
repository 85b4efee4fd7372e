import { leaseTokenHeader } from "@reelway/shared/contracts/lease";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey } from "@reelway/shared/ids";
import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { runnerOf } from "../middleware/authenticate.ts";
import { type LeaseClaims, verifyLease } from "./token.ts";

/** The lease that a request is about, from its token; bound to the runner that asks. Throws `lease_token_invalid` or `lease_lost`. */
export async function leaseClaimsOf(c: Context<AppEnv>): Promise<LeaseClaims> {
  const token = c.req.header(leaseTokenHeader);
  if (token === undefined) throw new ReelwayError("lease_token_invalid", `the header ${leaseTokenHeader} is missing`);
  const claims = await verifyLease(c.get("settings"), token, runnerOf(c).id, Date.now());
  const { taskId, jobId, tenantId } = claims;
  c.set("log", c.get("log").with({ taskId, jobId, tenantId, lease: leaseKey(claims) }));
  return claims;
}
