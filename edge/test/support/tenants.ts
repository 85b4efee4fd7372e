import { env } from "cloudflare:workers";
import { ApiKeyCreated } from "@reelway/shared/contracts/api-key";
import { Tenant } from "@reelway/shared/contracts/tenant";
import type { Role } from "@reelway/shared/permissions";
import { api } from "./api.ts";

export interface TestKey {
  readonly id: string;
  readonly tenantId: string;
  readonly secret: string;
}

/** The installation's first admin key. Once per test file: its storage is the file's own. */
export async function bootstrapped(): Promise<TestKey> {
  const response = await api("/bootstrap", { method: "POST", body: { token: env.BOOTSTRAP_TOKEN } });
  return toTestKey(ApiKeyCreated.parse(await response.json()));
}

/** A new tenant with a key of this role. */
export async function newTenantKey(admin: TestKey, name = "tenant", role: Role = "admin"): Promise<TestKey> {
  const response = await api("/tenants", { method: "POST", key: admin.secret, body: { name } });
  const { id: tenantId } = Tenant.parse(await response.json());
  return newKey(admin, { name, role, tenantId });
}

export async function newKey(by: TestKey, body: { name: string; role: Role; tenantId?: string }): Promise<TestKey> {
  const response = await api("/keys", { method: "POST", key: by.secret, body });
  return toTestKey(ApiKeyCreated.parse(await response.json()));
}

function toTestKey({ id, tenantId, secret }: ApiKeyCreated): TestKey {
  if (secret === null) throw new Error("The key was made before");
  return { id, tenantId, secret };
}
