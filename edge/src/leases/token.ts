import { JobKind } from "@reelway/shared/contracts/job-spec";
import { takesShare } from "@reelway/shared/contracts/takes-share";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId, RunnerId, TaskId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { RegionId } from "@reelway/shared/regions";
import { isHedge } from "@reelway/shared/scheduling/claims";
import type { TaskRecord } from "@reelway/shared/scheduling/records";
import { z } from "zod";
import { sign, verify } from "../auth/signing.ts";
import { TaskPayload } from "../dispatch/task-of-job.ts";
import { fromBase64Url, toBase64Url } from "../encoding/base64url.ts";
import type { Settings } from "../settings.ts";

/** What a lease token says, so that grants and progress need no look at the queue. Versions that we don't know are refused. */
const LeaseClaims = z.object({
  version: z.literal(1),
  runnerId: RunnerId,
  taskId: TaskId,
  jobId: JobId,
  tenantId: z.string(),
  region: RegionId,
  run: z.int(),
  attempt: z.int(),
  epoch: z.int(),
  /** When the queue gave the lease: tells the leases of one job apart. */
  leasedAt: z.int(),
  /** Outputs go below it, and nowhere else: it holds the epoch. */
  prefix: z.string(),
  /** Absent in tokens of versions that knew no fetches. */
  kind: JobKind.optional(),
  /** Of a job with several tasks: which one it is, and its share of the work. */
  part: z.object({ name: z.string(), weight: z.number() }).optional(),
  /** A second lease, beside one that goes on: what it reports is not shown. */
  hedge: z.literal(true).optional(),
  /** Of the lease, as of this token; grants signed with it end a little later. */
  expiresAt: z.int(),
});
export type LeaseClaims = z.infer<typeof LeaseClaims>;

/** A task that is leased: the record with the fields that every lease has. */
export interface Lease {
  readonly task: TaskRecord;
  readonly payload: TaskPayload;
  readonly claims: LeaseClaims;
}

/** After such a task the runner must say anew what it has left, before it is given another. */
export function leavesLess({ task }: Lease): boolean {
  return takesShare(task.needs);
}

/** Reads a leased task. Throws `internal` when the record is not one. */
export function leaseOf(task: TaskRecord): Lease {
  const { taskId, jobId, tenantId, attempt, epoch, runnerId, leasedAt, leaseExpiresAt } = task;
  if (runnerId === null || leasedAt === null || leaseExpiresAt === null)
    throw new ReelwayError("internal", `task ${taskId} is not leased`);
  const payload = TaskPayload.parse(JSON.parse(task.payload));
  const { region, run, storageRoot, spec, stream } = payload;
  const prefix = `${storageRoot}/${taskId}/${epoch}/`;
  const who = { runnerId, taskId, jobId, tenantId, region, run, attempt, epoch, leasedAt, kind: spec.kind };
  const part = stream && { name: task.part, weight: stream.weight };
  return {
    task,
    payload,
    claims: {
      version: 1,
      ...who,
      ...(part && { part }),
      ...(isHedge(task) && { hedge: true as const }),
      prefix,
      expiresAt: leaseExpiresAt,
    },
  };
}

/** `<claims>.<HMAC-SHA256>`, both base64url. */
export async function signLease(settings: Settings, claims: LeaseClaims): Promise<string> {
  const body = toBase64Url(new TextEncoder().encode(JSON.stringify(claims)));
  return `${body}.${toBase64Url(await sign(settings, "lease", body))}`;
}

/**
 * The claims of a token that this runner may use. Throws `lease_token_invalid` when it is forged, another runner's or
 * unreadable, and `lease_lost` when its lease ran out a while ago.
 */
export async function verifyLease(
  settings: Settings,
  token: string,
  runnerId: string,
  now: number,
): Promise<LeaseClaims> {
  const [body = "", signature = "", ...rest] = token.split(".");
  const bytes = fromBase64Url(signature);
  if (rest.length > 0 || !bytes || !(await verify(settings, "lease", body, bytes)))
    throw new ReelwayError("lease_token_invalid");
  const text = new TextDecoder().decode(fromBase64Url(body));
  const { success, data: claims } = LeaseClaims.safeParse(JSON.parse(text));
  if (!success || claims.runnerId !== runnerId) throw new ReelwayError("lease_token_invalid");
  if (claims.expiresAt + limits.grantSlackMs < now) throw new ReelwayError("lease_lost", "the lease has run out");
  return claims;
}
