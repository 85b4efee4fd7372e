import type { InputGrant } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { TaskPayload } from "../dispatch/task-of-job.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { presign } from "../storage/presign.ts";
import { encodedFiles } from "../streams/encoded-files.ts";
import { reusedFiles } from "../streams/reused-part.ts";
import { taskOfLease } from "./task-of-lease.ts";
import { grantSource } from "./tenant-grants.ts";
import type { LeaseClaims } from "./token.ts";

/**
 * GETs for a task's inputs, each from the bucket that it lies in (docs/adr/0011). `If-Match` is signed: an object that was
 * swapped since its upload is refused by the storage. For a fetch, what it is to bring. Throws `connection_missing`.
 */
export async function grantInputs(
  env: Env,
  settings: Settings,
  owner: Pick<LeaseClaims, "tenantId" | "jobId" | "run" | "taskId">,
  payload: TaskPayload,
): Promise<InputGrant[]> {
  const { region: own, inputs, spec } = payload;
  if (spec.kind === "fetch") return [await grantSource(env, settings, owner, spec)];
  const all = [...inputs, ...(await encodedFiles(env, owner, payload)), ...(await reusedFiles(env, payload))];
  return Promise.all(
    all.map(async ({ role, region = own, storageKey, bytes, etag, contentType, name }) => ({
      kind: "presigned" as const,
      role,
      bytes,
      etag,
      contentType,
      ...(name !== undefined && { name }),
      request: await presign(settings, {
        method: "GET",
        region,
        key: storageKey,
        headers: { "if-match": `"${etag}"` },
        expiresInMs: limits.downloadGrantMs,
      }),
    })),
  );
}

/** The same for a lease under way: what the inputs are is in the queue, not in the token. Throws `lease_lost`. */
export async function grantInputsAgain(env: Env, settings: Settings, claims: LeaseClaims): Promise<InputGrant[]> {
  const task = await taskOfLease(env, claims);
  if (task?.state !== "leased") throw new ReelwayError("lease_lost");
  return grantInputs(env, settings, claims, TaskPayload.parse(JSON.parse(task.payload)));
}
