import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "@reelway/shared/client/client";
import type { JobRequest } from "@reelway/shared/contracts/job";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { openJobsPerTenant } from "../settings.ts";
import { isWeather } from "./answered.ts";
import type { Ledger, LedgerJob } from "./ledger.ts";
import { accepted } from "./order-once.ts";
import type { Order } from "./orders.ts";
import type { Shelf } from "./shelf.ts";
import type { Source } from "./sources.ts";
import type { Tenant } from "./tenant.ts";
import { uploadThrough } from "./uploads.ts";

const batchSize = 3;
const pauseAtMostMs = 2_000;
const changesItsMindWithinMs = 6_000;
/** How long an upload that was stopped lies before it goes on. */
const restsAtMostMs = 4_000;
const share = {
  batch: 0.06,
  twice: 0.06,
  changeKey: 0.04,
  changeSecret: 0.03,
  deleteAsset: 0.08,
  newUpload: 0.3,
  stopsUpload: 0.5,
  ownWebhook: 0.2,
  cancel: 0.15,
  retryAfterCancel: 0.5,
  watch: 0.4,
};

export interface CustomerOptions {
  readonly tenant: Tenant;
  readonly ledger: Ledger;
  readonly orders: readonly Order[];
  /** The tenant's. */
  readonly shelf: Shelf;
  readonly random: () => number;
}

/** Someone who orders one thing after the other, changes their mind, and keeps the keys fresh. */
export class Customer {
  readonly #tenant: Tenant;
  readonly #ledger: Ledger;
  readonly #orders: readonly Order[];
  readonly #shelf: Shelf;
  readonly #random: () => number;

  constructor({ tenant, ledger, orders, shelf, random }: CustomerOptions) {
    this.#tenant = tenant;
    this.#ledger = ledger;
    this.#orders = orders;
    this.#shelf = shelf;
    this.#random = random;
  }

  /** Goes on until the weather is over; what is begun then is ended. */
  async live(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        await this.#tenant.untilOpenBelow(openJobsPerTenant, over);
        if (!over.aborted) await this.#act();
      } catch (error) {
        this.#ledger.surprise(error instanceof ReelwayError ? `${error.code}: ${error.message}` : String(error));
      }
      await delay(this.#random() * pauseAtMostMs, undefined, { signal: over }).catch(() => undefined);
    }
  }

  async #act(): Promise<void> {
    const chance = this.#random();
    const acts: readonly (readonly [number, () => Promise<void>])[] = [
      [share.changeKey, () => this.#tenant.rotateKey()],
      [share.changeSecret, () => this.#tenant.rotateWebhookSecret()],
      [share.deleteAsset, () => this.#deleteAsset()],
      [share.batch, () => this.#orderBatch()],
      [share.twice, () => this.#orderTwice()],
    ];
    let upTo = 0;
    for (const [part, act] of acts) {
      upTo += part;
      if (chance < upTo) return act();
    }
    return this.#order();
  }

  async #order(): Promise<void> {
    const order = this.#pick();
    const idempotencyKey = randomUUID();
    const job = await this.#withRequest(order, (request) =>
      this.#tenant.ask(({ jobs }) => jobs.create(request, { idempotencyKey })),
    );
    const entry = accepted(this.#tenant, this.#ledger, job, order);
    const chance = this.#random();
    if (chance < share.cancel) await this.#changeMind(entry);
    else if (chance < share.cancel + share.watch) await this.#watch(job.id);
  }

  /** The same order sent twice at once, as a client does that lost the answer: there must be one job. */
  async #orderTwice(): Promise<void> {
    const order = this.#pick();
    const idempotencyKey = randomUUID();
    const [first, second] = await this.#withRequest(order, (request) => {
      const send = () => this.#tenant.ask(({ jobs }) => jobs.create(request, { idempotencyKey }));
      return Promise.all([send(), send()]);
    });
    if (first.id !== second.id) this.#ledger.surprise(`one Idempotency-Key made ${first.id} and ${second.id}`);
    accepted(this.#tenant, this.#ledger, first, order);
    this.#ledger.count("orders sent twice");
  }

  async #orderBatch(): Promise<void> {
    const order = this.#pick();
    const idempotencyKey = randomUUID();
    const batch = await this.#withRequest(order, ({ assetId, sourceUrl, source: _, ...job }) => {
      const sources = Array.from({ length: batchSize }, () => (assetId === undefined ? { sourceUrl } : { assetId }));
      return this.#tenant.ask(({ batches }) => batches.create({ sources, job }, { idempotencyKey }));
    });
    const { items } = await this.#tenant.ask(({ batches }) => batches.jobs(batch.id, { limit: 100 }));
    if (items.length !== batchSize) this.#ledger.surprise(`${batch.id} has ${items.length} jobs`);
    for (const made of items) accepted(this.#tenant, this.#ledger, made, order);
    this.#ledger.count("batches");
  }

  /** Cancels after a while, if it has not ended by then, and may want it after all. */
  async #changeMind(entry: LedgerJob): Promise<void> {
    await delay(this.#random() * changesItsMindWithinMs);
    if (!(await this.#isDone(({ jobs }) => jobs.cancel(entry.id)))) return;
    entry.canceled = true;
    this.#ledger.count("jobs cancelled");
    if (this.#random() >= share.retryAfterCancel) return;
    const before = await this.#tenant.ask(({ jobs }) => jobs.get(entry.id));
    // Asked again after a lost answer it refuses, since the job runs: whether it does is what the run says.
    await this.#isDone(({ jobs }) => jobs.retry(entry.id));
    const { run } = await this.#tenant.ask(({ jobs }) => jobs.get(entry.id));
    if (run === before.run) return;
    entry.canceled = false;
    this.#tenant.awaits(entry.id);
    this.#ledger.count("cancelled jobs retried");
  }

  /** False where the job is in no state for it, or its asset has been deleted. */
  async #isDone(move: (client: Client) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#tenant.ask(move);
      return true;
    } catch (error) {
      if (error instanceof ReelwayError && ["illegal_move", "asset_not_ready"].includes(error.code)) return false;
      throw error;
    }
  }

  async #watch(jobId: string): Promise<void> {
    try {
      for await (const { state } of this.#tenant.client.jobs.watch(jobId)) if (isTerminal(state)) break;
    } catch (error) {
      if (!isWeather(error) && !(error instanceof ReelwayError && error.code === "unauthenticated")) throw error;
    }
    this.#ledger.count("jobs watched live");
  }

  async #deleteAsset(): Promise<void> {
    const id = this.#shelf.takeAway();
    const asset = id === null ? undefined : this.#ledger.assets.get(id);
    if (asset === undefined) return;
    try {
      await this.#tenant.ask(({ assets }) => assets.delete(asset.id));
      asset.deleted = true;
      this.#ledger.count("assets deleted");
    } catch (error) {
      if (!(error instanceof ReelwayError && error.code === "asset_in_use")) throw error;
      this.#ledger.count("assets not deleted, as a job reads them");
    }
  }

  /** Sends an order with an asset of its source, which stays for so long. */
  async #withRequest<Answer>(
    { source, request }: Order,
    send: (request: JobRequest) => Promise<Answer>,
  ): Promise<Answer> {
    const own = this.#random() < share.ownWebhook ? { webhookUrl: this.#tenant.jobsUrl } : {};
    if (source === null) return send({ ...request, ...own });
    const assetId = await this.#assetOf(source);
    return send({ ...request, ...own, assetId }).finally(() => this.#shelf.giveBack(assetId));
  }

  async #assetOf(source: Source): Promise<string> {
    const borrowed = this.#shelf.borrow(source.name, this.#random() < share.newUpload, this.#random);
    if (borrowed !== null) return borrowed;
    const after = this.#random() < share.stopsUpload ? this.#random() : null;
    const restMs = this.#random() * restsAtMostMs;
    const id = await uploadThrough(this.#tenant, this.#ledger, source, { after, restMs });
    this.#shelf.add(source.name, id);
    return id;
  }

  #pick(): Order {
    const whole = this.#orders.reduce((sum, { weight }) => sum + weight, 0);
    let place = this.#random() * whole;
    for (const order of this.#orders) {
      place -= order.weight;
      if (place < 0) return order;
    }
    const last = this.#orders.at(-1);
    if (last === undefined) throw new Error("there is nothing to order");
    return last;
  }
}
