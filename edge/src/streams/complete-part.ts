import { type Manifest, StoredManifest, type StoredPart } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import type { Env } from "../env.ts";
import { sanitised } from "../leases/sanitised.ts";
import type { LeaseClaims } from "../leases/token.ts";
import { withBucket } from "../storage/bucket.ts";
import { findParts } from "../store/job-parts.ts";
import { checkPart } from "./check-part.ts";
import { finishedParts, type StreamLease, streamLeaseOf } from "./finished-parts.ts";
import { planTasks } from "./plan-tasks.ts";
import { readPlan } from "./read-plan.ts";
import { storedPartOf, titleOf } from "./stored-part.ts";

/** What the queue is told with a completion. */
export interface Completion {
  readonly result: string;
  readonly add?: readonly NewTask[];
}

/**
 * What a completed task of a stream amounts to, once its outputs have been verified in the bucket: the plan becomes the
 * tasks that are still to do, the last task becomes the job's manifest. Throws `lease_lost`, `output_refused`,
 * `chunk_mismatch`.
 */
export async function completionOfPart(env: Env, claims: LeaseClaims, manifest: Manifest): Promise<Completion> {
  const lease = await streamLeaseOf(env, claims);
  const { step } = lease.stream;
  checkPart(step, manifest, manifest.outputs);
  if (step.kind === "plan") return planned(env, claims, lease, manifest);
  if (step.kind === "finish") return finished(env, claims, lease, manifest);
  const { planSha256, weight } = lease.stream;
  if (planSha256 === null) throw new ReelwayError("internal", "a part of no plan");
  const part = storedPartOf(manifest, manifest.outputs, { prefix: claims.prefix, planSha256, weight });
  return { result: JSON.stringify(part) };
}

/** What earlier runs have finished by the very same plan is not made again: its work counts as done. */
async function planned(
  env: Env,
  claims: LeaseClaims,
  { payload, stream, recipe, shard }: StreamLease,
  manifest: Manifest,
): Promise<Completion> {
  const { jobId, prefix } = claims;
  const committed = await withBucket(env, claims.region, (bucket) => readPlan(bucket, prefix, manifest.outputs));
  const { sha256: planSha256, plan } = committed;
  const kept = new Set((await findParts(env, { jobId, planSha256, region: payload.region })).map(({ part }) => part));
  const tasks = planTasks(payload, { jobId, shard, recipe }, committed);
  const isLeft = ({ part }: (typeof tasks)[number]) => part === "finish" || !kept.has(part);
  const keptWeight = tasks.filter((task) => !isLeft(task)).reduce((sum, { weight }) => sum + weight, 0);
  const place = { prefix, planSha256, weight: Math.min(1, stream.weight + keptWeight) };
  const part = storedPartOf(manifest, manifest.outputs, place, titleOf(plan));
  return { result: JSON.stringify(part), add: tasks.filter(isLeft).map(({ task }) => task) };
}

/** The job's manifest: what the last task wrote, and of the others what people ask for by name. Segments stay in the parts. */
async function finished(
  env: Env,
  claims: LeaseClaims,
  lease: StreamLease,
  { report: _report, ...manifest }: Manifest,
): Promise<Completion> {
  const parts = await finishedParts(env, claims, lease);
  const outputs = [...manifest.outputs, ...[...parts.values()].flatMap(shownOf)];
  const source = parts.get("plan")?.source;
  const whole = { ...manifest, ...(source && { source }), outputs, prefix: claims.prefix };
  const stored = StoredManifest.parse(sanitised(whole));
  return { result: JSON.stringify(stored) };
}

const shownRoles: ReadonlySet<string> = new Set(["poster", "sprite", "storyboard", "plan"]);

function shownOf({ prefix, outputs }: StoredPart) {
  return outputs.filter(({ role }) => shownRoles.has(role)).map((file) => ({ ...file, prefix }));
}
