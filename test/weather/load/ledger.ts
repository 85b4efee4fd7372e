import type { Expectation } from "./orders.ts";

/** A job that a client was told it has. */
export interface LedgerJob {
  readonly id: string;
  readonly tenantId: string;
  readonly order: string;
  readonly expected: Expectation;
  /** A cancel was answered with `canceled`, and nobody asked for another run. */
  canceled: boolean;
}

/** An asset that a client was told is ready. */
export interface LedgerAsset {
  readonly id: string;
  readonly tenantId: string;
  deleted: boolean;
}

/** What clients were told, written down by themselves: what the house is held to afterwards. */
export class Ledger {
  readonly jobs = new Map<string, LedgerJob>();
  readonly assets = new Map<string, LedgerAsset>();
  /** How often customers did what. */
  readonly acts = new Map<string, number>();
  /** Answers that no weather excuses. */
  readonly surprises: string[] = [];

  job(job: Omit<LedgerJob, "canceled">): LedgerJob {
    const known = this.jobs.get(job.id);
    if (known !== undefined) return known;
    const entry = { ...job, canceled: false };
    this.jobs.set(job.id, entry);
    return entry;
  }

  asset(id: string, tenantId: string): LedgerAsset {
    const entry = { id, tenantId, deleted: false };
    this.assets.set(id, entry);
    return entry;
  }

  count(act: string): void {
    this.acts.set(act, (this.acts.get(act) ?? 0) + 1);
  }

  surprise(what: string): void {
    this.surprises.push(what);
  }
}
