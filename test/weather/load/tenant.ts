import { setTimeout as delay } from "node:timers/promises";
import { type Client, createClient } from "@reelway/shared/client/client";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { House } from "../house/house.ts";
import { answered, isWeather } from "./answered.ts";
import type { Ledger } from "./ledger.ts";

const lookEveryMs = 1_000;
/** An old key that was taken by a call just before it was revoked. */
const triesWithFreshKey = 3;

/** One tenant with its key, its webhook endpoint, and what it waits for. */
export class Tenant {
  readonly id: string;
  readonly endpointId: string;
  /** Where its endpoint is at the receiver, and the receiver of jobs' own. */
  readonly paths: { readonly endpoint: string; readonly jobs: string };
  readonly jobsUrl: string;
  /** All that its webhooks may be signed with. */
  readonly secrets: string[];
  readonly client: Client;
  readonly #url: string;
  readonly #ledger: Ledger;
  readonly #open = new Set<string>();
  #key: { id: string; secret: string };
  #rotating = false;

  private constructor(
    house: House,
    ledger: Ledger,
    made: { id: string; key: { id: string; secret: string }; endpointId: string; secrets: string[] },
  ) {
    this.id = made.id;
    this.endpointId = made.endpointId;
    this.paths = pathsOf(made.id);
    this.jobsUrl = `${house.receiver.url}${this.paths.jobs}`;
    this.secrets = made.secrets;
    this.#url = house.url;
    this.#ledger = ledger;
    this.#key = made.key;
    this.client = createClient({ url: house.url, key: () => this.#key.secret });
  }

  static async open(house: House, ledger: Ledger, number: number): Promise<Tenant> {
    const { id } = await house.client.tenants.create({ name: `tenant ${number}` });
    const key = keyOf(await house.client.keys.create({ tenantId: id, name: "first", role: "admin" }));
    const { webhooks } = createClient({ url: house.url, key: key.secret });
    const endpoint = await webhooks.create({ url: `${house.receiver.url}${pathsOf(id).endpoint}` });
    const secrets = [endpoint.secret ?? "", (await webhooks.jobSecret()).secret];
    return new Tenant(house, ledger, { id, key, endpointId: endpoint.id, secrets });
  }

  /** Repeats what the weather or a change of keys made fail. */
  async ask<Answer>(call: (client: Client) => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const { id } = this.#key;
      try {
        return await answered(() => call(this.client));
      } catch (error) {
        const isStale = error instanceof ReelwayError && error.code === "unauthenticated" && id !== this.#key.id;
        if (!isStale || tries === triesWithFreshKey) throw error;
      }
    }
  }

  /** It has this job to wait for. */
  awaits(jobId: string): void {
    this.#open.add(jobId);
  }

  /** Waits until it has fewer than `most` jobs that have not ended. */
  async untilOpenBelow(most: number, signal: AbortSignal): Promise<void> {
    while (this.#open.size >= most && !signal.aborted) {
      for (const id of [...this.#open]) {
        const { state } = await this.ask((client) => client.jobs.status(id));
        if (isTerminal(state)) this.#open.delete(id);
      }
      if (this.#open.size >= most) await delay(lookEveryMs);
    }
  }

  /** Takes a new API key in the place of its own, and sees that the old one is no longer good for anything. */
  async rotateKey(): Promise<void> {
    if (this.#rotating) return;
    this.#rotating = true;
    try {
      const old = this.#key;
      this.#key = keyOf(await this.client.keys.create({ name: "next", role: "admin" }));
      await this.ask((client) => client.keys.revoke(old.id));
      if (await this.#isGood(old.secret)) this.#ledger.surprise(`a revoked key of ${this.id} was still accepted`);
      this.#ledger.count("API keys changed");
    } catch (error) {
      // Whether there is a new key nobody knows: the old one stays in use.
      if (!isWeather(error)) throw error;
    } finally {
      this.#rotating = false;
    }
  }

  async rotateWebhookSecret(): Promise<void> {
    // A repeat ends the secret that a lost answer held.
    const { secret } = await this.ask(({ webhooks }) => webhooks.rotateSecret(this.endpointId));
    this.secrets.push(secret ?? "");
    this.#ledger.count("webhook secrets changed");
  }

  async #isGood(secret: string): Promise<boolean> {
    const client = createClient({ url: this.#url, key: secret });
    return answered(() => client.tenants.own()).then(
      () => true,
      () => false,
    );
  }
}

function pathsOf(tenantId: string) {
  return { endpoint: `/endpoint/${tenantId}`, jobs: `/jobs/${tenantId}` };
}

function keyOf({ id, secret }: { id: string; secret: string | null }): { id: string; secret: string } {
  if (secret === null) throw new Error("an API key was not shown");
  return { id, secret };
}
