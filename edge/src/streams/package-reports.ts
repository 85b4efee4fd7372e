import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { LeaseClaims } from "../leases/token.ts";
import { finishedParts, streamLeaseOf } from "./finished-parts.ts";

const joiningParts: ReadonlySet<string> = new Set(["progressive", "finish"]);

/**
 * What the other tasks of a stream packaged, for those that join it: in the order of their first segments. Throws
 * `lease_lost`, `output_refused` for any other task.
 */
export async function packageReports(env: Env, claims: LeaseClaims): Promise<PackageReport[]> {
  if (!joiningParts.has(claims.part?.name ?? ""))
    throw new ReelwayError("output_refused", "Only tasks that join a stream's parts");
  const parts = await finishedParts(env, claims, await streamLeaseOf(env, claims));
  const reports = [...parts.values()].flatMap(({ report }) => report ?? []);
  return reports.sort((a, b) => firstSegmentOf(a) - firstSegmentOf(b));
}

function firstSegmentOf({ renditions }: PackageReport): number {
  return renditions[0]?.segments[0]?.number ?? 0;
}
