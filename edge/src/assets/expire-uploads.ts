import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { listStaleUploads, markFailed } from "../store/assets.ts";
import { deleteBytes } from "./delete-asset.ts";

/** Uploads that one sweep ends at most; the next one goes on. */
const BATCH = 50;

const expired = { code: "asset_failed" as const, message: "The upload was not completed in time" };

/** Ends uploads that were never completed. Answers how many. One that fails is met again by the next sweep. */
export async function expireUploads(env: Env, now = Date.now()): Promise<number> {
  const stale = await listStaleUploads(env, now - limits.uploadSessionMs, BATCH);
  const ended = await Promise.allSettled(
    stale.map(async (asset) => {
      // The row first: a complete that comes now finds the asset failed, not its bytes gone.
      if (await markFailed(env, asset, now, expired)) await deleteBytes(env, asset);
    }),
  );
  return ended.filter(({ status }) => status === "fulfilled").length;
}
