import type { PartFindings } from "@reelway/shared/contracts/quality";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { LeaseClaims } from "../leases/token.ts";
import { finishedParts, streamLeaseOf } from "./finished-parts.ts";

/**
 * What the other tasks of a stream found out about its quality, for the one that finishes it. Throws `lease_lost`,
 * `output_refused` for any other task.
 */
export async function streamFindings(env: Env, claims: LeaseClaims): Promise<PartFindings[]> {
  if (claims.part?.name !== "finish") throw new ReelwayError("output_refused", "Only the task that finishes a stream");
  const parts = await finishedParts(env, claims, await streamLeaseOf(env, claims));
  return [...parts].flatMap(([part, { quality, factors }]) =>
    quality === undefined && factors === undefined
      ? []
      : [{ part, ...(quality && { quality }), ...(factors && { factors }) }],
  );
}
