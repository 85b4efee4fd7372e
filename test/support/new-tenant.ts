import { type Client, createClient } from "@reelway/shared/client/client";

export interface NewTenant {
  readonly tenantId: string;
  /** Of its admin. */
  readonly key: string;
  readonly client: Client;
}

/** A tenant beside the one that runs the installation. */
export async function newTenant(
  { client, url }: { readonly client: Client; readonly url: string },
  name: string,
): Promise<NewTenant> {
  const { id: tenantId } = await client.tenants.create({ name });
  const { secret } = await client.keys.create({ name: "theirs", role: "admin", tenantId });
  const key = secret ?? "";
  return { tenantId, key, client: createClient({ url, key }) };
}
