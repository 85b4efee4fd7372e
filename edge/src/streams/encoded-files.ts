import type { StoredPart } from "@reelway/shared/contracts/manifest";
import { partOf } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { shardOfTask } from "@reelway/shared/ids";
import type { TaskPayload } from "../dispatch/task-of-job.ts";
import type { Env } from "../env.ts";
import type { LeaseClaims } from "../leases/token.ts";
import { findPart } from "../store/job-parts.ts";
import { finishedParts } from "./finished-parts.ts";
import { measuredPart } from "./left-tasks.ts";

type Input = TaskPayload["inputs"][number];

/**
 * What a task that measures has to read besides: the files of the part that it measures, which lie where the runner that
 * made them was told to. Nothing for any other task. Always in the same order.
 */
export async function encodedFiles(
  env: Env,
  claims: Pick<LeaseClaims, "jobId" | "run" | "taskId">,
  payload: TaskPayload,
): Promise<Input[]> {
  const { stream, region } = payload;
  if (stream?.step.kind !== "quality" || stream.planSha256 === null) return [];
  const part = measuredPart(partOf(stream.step));
  const { jobId } = claims;
  const stored =
    (await findPart(env, { jobId, part, planSha256: stream.planSha256, region })) ??
    // Just made, and not in D1 yet.
    (await finishedParts(env, claims, { payload, stream, shard: shardOfTask(claims.taskId) })).get(part);
  if (stored === undefined) throw new ReelwayError("unavailable", `${part} is not there to be measured`);
  return filesOf(stored).map(({ name, bytes, etag, contentType }) => ({
    ...{ role: "encoded", region, storageKey: stored.prefix + name, bytes, etag, contentType, name },
  }));
}

/** A chunk has no init segment of its own: the plan's are among its task's inputs. */
function filesOf({ outputs, segments }: StoredPart) {
  const inits = outputs.filter(({ role }) => role === "init");
  return [...inits, ...segments.map(([name, bytes, etag]) => ({ name, bytes, etag, contentType: "video/mp4" }))];
}
