import type { AssetRequest } from "@reelway/shared/contracts/asset";
import type { z } from "zod";
import type { Auditor } from "../audit/audit-entry.ts";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import type { IdempotentRequest } from "../http/idempotency.ts";
import type { AssetRow } from "../store/rows.ts";

/** What both ways of making an asset are asked, an upload and a fetch. */
export interface AssetCreation {
  readonly wanted: z.output<typeof AssetRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly audit: Auditor;
}

export interface CreatedAsset {
  readonly asset: AssetRow;
  readonly replayed: boolean;
  /** The fetch that is to be handed to its queue now. */
  readonly dispatch: readonly JobToEnqueue[];
}
