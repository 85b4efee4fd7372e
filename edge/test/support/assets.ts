import { env } from "cloudflare:workers";
import { Asset, AssetCreated, type AssetRequest } from "@reelway/shared/contracts/asset";
import type { RegionId } from "@reelway/shared/regions";
import { bucketOf } from "../../src/env.ts";
import { api } from "./api.ts";
import type { TestKey } from "./tenants.ts";

/** Announces an asset. */
export async function announce(key: TestKey, wanted: Partial<AssetRequest> & { bytes: number }): Promise<AssetCreated> {
  const body = { name: "holiday.mov", ...wanted };
  const response = await api("/assets", { method: "POST", key: key.secret, body });
  return AssetCreated.parse(await response.json());
}

/** Where an asset's bytes lie: known to the store alone. */
export async function storageOf(assetId: string) {
  const row = await env.DB.prepare("SELECT storageKey, region, uploadId FROM assets WHERE id = ?")
    .bind(assetId)
    .first<{ storageKey: string; region: RegionId; uploadId: string | null }>();
  if (!row) throw new Error("no such asset");
  return { ...row, bucket: bucketOf(env, row.region) };
}

/** Puts the bytes where the presigned PUT would. */
export async function upload(assetId: string, bytes: Uint8Array): Promise<void> {
  const { bucket, storageKey } = await storageOf(assetId);
  await bucket.put(storageKey, bytes);
}

export function complete(key: TestKey, assetId: string): Promise<Response> {
  return api(`/assets/${assetId}/complete`, { method: "POST", key: key.secret });
}

/** A small asset, uploaded and ready. */
export async function readyAsset(key: TestKey, wanted: Partial<AssetRequest> = {}): Promise<Asset> {
  const bytes = crypto.getRandomValues(new Uint8Array(1_000));
  const { asset } = await announce(key, { ...wanted, bytes: bytes.byteLength });
  await upload(asset.id, bytes);
  return Asset.parse(await (await complete(key, asset.id)).json());
}

/** The problem's code and status, for short expectations. */
export async function problemOf(response: Response): Promise<[number, unknown]> {
  const body: unknown = await response.json();
  return [response.status, typeof body === "object" && body !== null && "code" in body ? body.code : undefined];
}
