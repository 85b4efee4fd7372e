import type { LedgerAsset, LedgerJob } from "../load/ledger.ts";
import type { Growth } from "../watch/growth.ts";

/** All that is looked at when the weather is over: the verdict is made from this alone. */
export interface Facts {
  readonly told: { readonly jobs: readonly LedgerJob[]; readonly assets: readonly LedgerAsset[] };
  readonly surprises: readonly string[];
  readonly stored: StoredFacts;
  readonly shards: readonly ShardFacts[];
  /** What lies in the bucket: bytes and ETag by key. */
  readonly bucket: ReadonlyMap<string, { readonly bytes: number; readonly etag: string }>;
  readonly results: readonly ResultFacts[];
  readonly webhooks: WebhookFacts;
  readonly left: LeftFacts;
  readonly growth: readonly Growth[];
  /** Things of one tenant that another was shown. */
  readonly leaks: readonly string[];
}

/** Rows of D1. */
export interface StoredFacts {
  readonly jobs: readonly JobRow[];
  readonly assets: readonly AssetRow[];
  readonly events: readonly EventRow[];
  readonly deliveries: readonly DeliveryRow[];
  /** Rows that wait for their effect. */
  readonly outbox: number;
  /** Queue messages that nobody could handle. */
  readonly deadMessages: number;
  /** Objects that are promised: of manifests, and of the parts of streams. */
  readonly promised: readonly PromisedObject[];
  /** What keys may begin with: sources, prefixes of what was accepted, and what a sweep will delete. */
  readonly knownPrefixes: readonly string[];
}

export interface JobRow {
  readonly id: string;
  readonly tenantId: string;
  readonly state: string;
  readonly run: number;
  readonly attempt: number;
  readonly code: string | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

export interface AssetRow {
  readonly id: string;
  readonly state: string;
  readonly storageKey: string;
  readonly bytes: number;
}

export interface EventRow {
  readonly id: string;
  readonly tenantId: string;
  readonly type: string;
  readonly jobId: string | null;
  readonly run: number | null;
}

export interface DeliveryRow {
  readonly eventId: string;
  readonly endpointId: string;
  readonly url: string;
  readonly state: string;
  readonly lastError: string | null;
}

export interface PromisedObject {
  readonly jobId: string;
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

/** The truth about scheduling, as a RegionQueue stores it. */
export interface ShardFacts {
  readonly name: string;
  readonly tasks: readonly TaskRow[];
  readonly openJobs: number;
  /** Leases that tenants are counted as having. */
  readonly activeLeases: number;
  readonly pausedBreakers: readonly string[];
  readonly lastSequence: number;
  readonly acknowledged: number;
}

export interface TaskRow {
  readonly id: string;
  readonly jobId: string;
  readonly state: string;
  readonly completions: number;
}

/** A result as it decodes. */
export interface ResultFacts {
  readonly jobId: string;
  readonly seconds: number | null;
  readonly frames: number | null;
  /** Why it could not be had or decoded. */
  readonly error: string | null;
}

export interface WebhookFacts {
  /** Endpoints and the tenants whose every event they are owed. */
  readonly endpoints: readonly { readonly id: string; readonly tenantId: string; readonly path: string }[];
  /** `path` and event id of what was taken, with a space between. */
  readonly taken: ReadonlySet<string>;
  /** Taken calls whose signature no secret of the tenant explains. */
  readonly unsigned: readonly string[];
}

export interface LeftFacts {
  readonly processes: readonly string[];
  /** Files in scratch spaces. */
  readonly scratch: readonly string[];
}
