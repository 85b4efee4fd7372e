import { type Manifest, StoredManifest, type StoredPart } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import type { Env } from "../env.ts";
import { sanitised } from "../leases/sanitised.ts";
import type { LeaseClaims } from "../leases/token.ts";
import { withBucket } from "../storage/bucket.ts";
import { findParts } from "../store/job-parts.ts";
import { checkPart } from "./check-part.ts";
import { deliveredByAll } from "./delivered.ts";
import { finishedParts, type StreamLease, streamLeaseOf } from "./finished-parts.ts";
import { joinedOf, partsThatHold } from "./joined-parts.ts";
import { leftTasks } from "./left-tasks.ts";
import { planTasks } from "./plan-tasks.ts";
import { ranWhere } from "./ran-where.ts";
import { readPlan } from "./read-plan.ts";
import { withReused } from "./reused-part.ts";
import { reusedStream } from "./reused-stream.ts";
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
export async function completionOfPart(env: Env, claims: LeaseClaims, reported: Manifest): Promise<Completion> {
  const lease = await streamLeaseOf(env, claims);
  const { step } = lease.stream;
  const manifest = await withReused(env, lease, reported);
  checkPart(step, manifest, manifest.outputs);
  if (step.kind === "plan") return planned(env, claims, lease, manifest);
  if (step.kind === "finish") return finished(env, claims, lease, manifest);
  const { planSha256, weight } = lease.stream;
  if (planSha256 === null) throw new ReelwayError("internal", "a part of no plan");
  const joined = step.kind === "progressive" && { madeOf: await joinedOf(await finishedParts(env, claims, lease)) };
  const place = { prefix: claims.prefix, planSha256, weight, ...joined };
  const part = storedPartOf(manifest, manifest.outputs, place);
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
  const finished = await findParts(env, { jobId, planSha256, region: payload.region });
  const kept = await partsThatHold(new Map(finished.map(({ part, stored }) => [part, stored])));
  const reuse = await reusedStream(env, payload, plan);
  const tasks = planTasks(payload, { jobId, shard, recipe }, committed, reuse?.carried);
  const left = leftTasks(tasks, kept);
  const leftParts = new Set(left.map(({ part }) => part));
  const keptWeight = tasks.reduce((sum, { part, weight }) => sum + (leftParts.has(part) ? 0 : weight), 0);
  const place = { prefix, planSha256, weight: Math.min(1, stream.weight + keptWeight) };
  const about = { title: titleOf(plan), ...(reuse && { reused: reuse.shown }) };
  const part = storedPartOf(manifest, manifest.outputs, place, about);
  return { result: JSON.stringify(part), add: left.map(({ task }) => task) };
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
  const delivery = deliveredByAll(manifest.delivery, parts.values());
  const totals = totalsOf([{ ...manifest, segments: [] }, ...parts.values()]);
  const execution = manifest.execution && ranWhere(manifest.execution, parts);
  const about = {
    ...(source && { source }),
    ...(delivery && { delivery }),
    ...(execution && { execution }),
    totals,
  };
  const whole = { ...manifest, ...about, outputs, prefix: claims.prefix };
  const stored = StoredManifest.parse(sanitised(whole));
  return { result: JSON.stringify(stored) };
}

/** What was made, and how long runners worked on it, all tasks together. */
function totalsOf(parts: readonly Pick<StoredPart, "outputs" | "segments" | "execution">[]) {
  const bytesOf = ({ outputs, segments }: (typeof parts)[number]) =>
    [...outputs.map(({ bytes }) => bytes), ...segments.map(([, bytes]) => bytes)].reduce((sum, one) => sum + one, 0);
  return {
    bytes: parts.reduce((sum, part) => sum + bytesOf(part), 0),
    processMs: parts.reduce((sum, { execution }) => sum + (execution?.processMs ?? 0), 0),
  };
}

const shownRoles: ReadonlySet<string> = new Set(["video", "audio", "poster", "sprite", "storyboard", "plan"]);

function shownOf({ prefix, outputs }: StoredPart) {
  return outputs.filter(({ role }) => shownRoles.has(role)).map((file) => ({ ...file, prefix }));
}
