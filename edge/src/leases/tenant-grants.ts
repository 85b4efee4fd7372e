import type { AssetSource } from "@reelway/shared/contracts/asset";
import type { BucketAccess, DestinationGrant, InputGrant } from "@reelway/shared/contracts/grant";
import type { FetchSpec } from "@reelway/shared/contracts/job-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { unsealUrl } from "../assets/sealed-source.ts";
import { isCurrentSeal } from "../auth/sealed.ts";
import { accessOf } from "../connections/bucket-access.ts";
import type { TaskPayload } from "../dispatch/task-of-job.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { findConnection } from "../store/connections.ts";
import { findJob } from "../store/jobs.ts";
import type { ConnectionRow } from "../store/rows.ts";
import type { LeaseClaims } from "./token.ts";

type Owner = Pick<LeaseClaims, "tenantId" | "jobId">;

/**
 * What a fetch reads, with the credentials for it: opened for this lease, kept in no queue. Throws `connection_missing`.
 */
export async function grantSource(
  env: Env,
  settings: Settings,
  { tenantId, jobId }: Owner,
  { source }: FetchSpec,
): Promise<InputGrant> {
  const fetched = { role: "source" as const, bytesMax: settings.maxUploadBytes };
  if (source.kind === "url") {
    const readable = await readableSource(env, settings, { tenantId, jobId }, source);
    return { kind: "url", ...fetched, url: await unsealUrl(settings, { tenantId, fetchJobId: jobId }, readable) };
  }
  const connection = await connectionOf(env, tenantId, source.connectionId);
  return { kind: "s3", ...fetched, ...(await readable(settings, connection)), key: connection.prefix + source.key };
}

/** Where the outputs go besides our own bucket: below `<connection's prefix><the job's prefix><job id>/`. Throws `connection_missing`. */
export async function grantDestination(
  env: Env,
  settings: Settings,
  { tenantId, jobId }: Owner,
  { destination }: TaskPayload,
): Promise<DestinationGrant | undefined> {
  if (!destination) return undefined;
  const connection = await connectionOf(env, tenantId, destination.connectionId);
  const prefix = `${connection.prefix}${destination.prefix}${jobId}/`;
  return { kind: "s3", connectionId: connection.id, ...(await readable(settings, connection)), prefix };
}

/** A queue keeps the query as it was sealed when the task came; D1's is sealed anew when the secret changes. */
async function readableSource(
  env: Env,
  settings: Settings,
  { tenantId, jobId }: Owner,
  source: AssetSource & { kind: "url" },
): Promise<AssetSource & { kind: "url" }> {
  if (source.sealedQuery === undefined || (await isCurrentSeal(settings, source.sealedQuery))) return source;
  const spec = (await findJob(env, tenantId, jobId))?.spec;
  return spec?.kind === "fetch" && spec.source.kind === "url" ? spec.source : source;
}

async function connectionOf(env: Env, tenantId: string, id: string): Promise<ConnectionRow> {
  const connection = await findConnection(env, tenantId, id);
  if (!connection) throw new ReelwayError("connection_missing", `${id} has been deleted`);
  return connection;
}

/** Sealed with a secret that this installation has no longer: as good as gone. */
async function readable(settings: Settings, connection: ConnectionRow): Promise<BucketAccess> {
  try {
    return await accessOf(settings, connection);
  } catch (cause) {
    throw new ReelwayError("connection_missing", `The credentials of ${connection.id} can't be read`, { cause });
  }
}
