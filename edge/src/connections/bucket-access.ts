import type { BucketAccess } from "@reelway/shared/contracts/grant";
import { seal, unseal } from "../auth/sealed.ts";
import type { Settings } from "../settings.ts";
import type { ConnectionRow } from "../store/rows.ts";

type Owner = Pick<ConnectionRow, "id" | "tenantId">;

/** A connection's secret as it is stored: it opens for this tenant and row alone. */
export function sealSecret(settings: Settings, owner: Owner, secretAccessKey: string): Promise<string> {
  return seal(settings, sealContextOfConnection(owner), secretAccessKey);
}

/** All that it takes to use a connection's bucket. */
export async function accessOf(settings: Settings, row: ConnectionRow): Promise<BucketAccess> {
  const { endpoint, s3Region: region, bucket, accessKeyId } = row;
  const secretAccessKey = await unseal(settings, sealContextOfConnection(row), row.encryptedSecret);
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}

export function sealContextOfConnection({ id, tenantId }: Owner): string {
  return `connection\n${tenantId}\n${id}`;
}
