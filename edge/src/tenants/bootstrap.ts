import type { ApiKeyCreated } from "@reelway/shared/contracts/api-key";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { mintCredential } from "../auth/credentials.ts";
import { equalTexts } from "../auth/signing.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import type { ApiKeyRow } from "../store/rows.ts";
import { insertPlatform } from "../store/tenants.ts";
import { noRules } from "./create-tenant.ts";
import { presentApiKey } from "./present.ts";

interface Bootstrap {
  readonly token: string;
  readonly now: number;
  /** The line for the audit log, once its tenant and the key are known. */
  readonly auditWith: (made: { tenantId: string; keyId: string }) => AuditEntry;
}

/**
 * Makes the platform tenant and its first admin key, once in the life of an installation.
 * Throws `unauthenticated` for a wrong token and `bootstrap_closed` ever after.
 */
export async function bootstrap(
  env: Env,
  settings: Settings,
  { token, now, auditWith }: Bootstrap,
): Promise<ApiKeyCreated> {
  if (!(await equalTexts(token, settings.bootstrapToken)))
    throw new ReelwayError("unauthenticated", "This is not the BOOTSTRAP_TOKEN of the installation");
  const tenant = { id: newId("ten"), name: "default", platform: true, ...noRules, createdAt: now };
  const id = newId("key");
  const { text, prefix, hash } = await mintCredential(settings, "api_key", id);
  const key: ApiKeyRow = {
    id,
    tenantId: tenant.id,
    name: "bootstrap",
    role: "admin",
    makerId: null,
    scopes: null,
    prefix,
    hash,
    createdAt: now,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
  };
  if ((await insertPlatform(env, tenant, key, auditWith({ tenantId: tenant.id, keyId: id }))) === "exists")
    throw new ReelwayError("bootstrap_closed");
  return { ...presentApiKey(key), secret: text };
}
