import type { ConnectionRequest } from "@reelway/shared/contracts/connection";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { z } from "zod";
import type { Auditor } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import { invalidField } from "../http/invalid-field.ts";
import { allowedUrl } from "../safety/allowed-url.ts";
import type { Settings } from "../settings.ts";
import { findConnection, insertConnection } from "../store/connections.ts";
import type { ConnectionRow } from "../store/rows.ts";
import { sealSecret } from "./bucket-access.ts";
import { tryBucket } from "./try-bucket.ts";

export interface ConnectionCreation {
  readonly tenantId: string;
  readonly wanted: z.output<typeof ConnectionRequest>;
  /** Tries the bucket first. */
  readonly verify: boolean;
  readonly request: IdempotentRequest | undefined;
  readonly audit: Auditor;
  readonly now: number;
}

/** Keeps a tenant's own bucket. Throws `source_forbidden`, `connection_refused`, `too_many_connections`. */
export async function createConnection(
  env: Env,
  settings: Settings,
  { tenantId, wanted, verify, request, audit, now }: ConnectionCreation,
): Promise<{ connection: ConnectionRow; replayed: boolean }> {
  const endpoint = endpointOf(settings, wanted.endpoint);
  const { name, s3Region, bucket, prefix, purposes, accessKeyId, secretAccessKey } = wanted;
  if (verify) await tryBucket(settings, { endpoint, region: s3Region, bucket, accessKeyId, secretAccessKey }, prefix);

  const id = newId("con");
  const connection: ConnectionRow = {
    id,
    tenantId,
    name,
    endpoint,
    s3Region,
    bucket,
    prefix,
    purposes: [...new Set(purposes)],
    accessKeyId,
    encryptedSecret: await sealSecret(settings, { id, tenantId }, secretAccessKey),
    createdAt: now,
    revokedAt: null,
  };
  const claim = request && { ...request, resourceId: id, createdAt: now };
  const entry = audit({ action: "connection.create", resource: id, detail: { endpoint, bucket } });
  const { stored, holder } = await insertConnection(env, connection, entry, claim);
  if (stored) return { connection, replayed: false };
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined)
    throw new ReelwayError("too_many_connections", `At most ${limits.connectionsPerTenant} connections`);
  const existing = await findConnection(env, tenantId, existingId);
  if (!existing) throw new ReelwayError("not_found");
  return { connection: existing, replayed: true };
}

/** Buckets are named in the path below it, so it ends without a slash; some stores have a path of their own. */
function endpointOf(settings: Settings, text: string): string {
  const url = allowedUrl(settings, text, "endpoint");
  if (url.search !== "" || url.hash !== "") throw invalidField("endpoint", "must not have a query");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
