import { setTimeout as delay } from "node:timers/promises";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { fileSource } from "../../support/file-source.ts";
import type { Ledger } from "./ledger.ts";
import type { Source } from "./sources.ts";
import type { Tenant } from "./tenant.ts";

const triesAtMost = 60;
const againAfterMs = 500;

export interface Stops {
  /** The share of what is to be sent after which the client goes away, once; null for an upload in one go. */
  readonly after: number | null;
  /** How long it is away then. */
  readonly restMs: number;
}

/**
 * Brings a source up and completes it, going on where it was after each failure and after the client itself went away.
 * @throws what the API refuses for other reasons than the weather.
 */
export async function uploadThrough(tenant: Tenant, ledger: Ledger, source: Source, stops: Stops): Promise<string> {
  const file = await fileSource(source.path);
  let assetId: string | undefined;
  let after = stops.after;
  const done = (id: string) => {
    ledger.count("uploads completed");
    ledger.asset(id, tenant.id);
    return id;
  };
  for (let tries = 1; ; tries++) {
    const leaving = new AbortController();
    try {
      const asset = await tenant.client.assets.upload(file, {
        ...(assetId === undefined ? {} : { resume: assetId }),
        onAsset: ({ id }) => {
          assetId = id;
        },
        onProgress: ({ uploadedBytes, totalBytes }) => {
          if (after !== null && uploadedBytes >= after * totalBytes) leaving.abort();
        },
        signal: leaving.signal,
      });
      return done(asset.id);
    } catch (error) {
      if (leaving.signal.aborted) {
        after = null;
        ledger.count("uploads stopped by their client, and gone on with");
        await delay(stops.restMs);
        continue;
      }
      if (!(error instanceof ReelwayError) || tries === triesAtMost) throw error;
      // An upload whose completion was done while its answer was lost.
      const id = assetId;
      if (error.code === "not_found" || id === undefined) assetId = undefined;
      else if ((await tenant.ask((client) => client.assets.get(id))).state === "ready") return done(id);
      ledger.count("uploads gone on with after a failure");
      await delay(againAfterMs);
    }
  }
}
