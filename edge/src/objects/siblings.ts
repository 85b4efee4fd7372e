import type { ShardName } from "@reelway/shared/ids";
import { RegionId } from "@reelway/shared/regions";
import { shardsOf } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { settingsOf } from "../settings.ts";
import { queueStub } from "./region-queue-stub.ts";

/** Work that a shard has more of than runners of its own to give it to. */
export interface Offer {
  readonly count: number;
  /** What the ready tasks need, lane by lane. */
  readonly needs: readonly string[];
}

/** Between two rounds in which too few were found: longer each time. After the last, whoever becomes idle looks by itself. */
const pausesMs = [250, 1_000, 4_000, 16_000] as const;
/** The shortest of them: new work waits for no longer. */
const glanceMs = 250;

/**
 * The other shards of a region, which are asked to wake their idle runners for work that this one's are too few for.
 * One round at a time, and none without ready work: a region whose runners are all busy is not flooded with questions.
 * In memory only: a question that is lost costs the time until a runner looks by itself.
 */
export class Siblings {
  readonly #env: Env;
  readonly #own: string;
  readonly #needs: () => readonly string[];
  readonly #log: Log;
  #wanted = 0;
  #asking = false;
  /** More was asked for since the last round began. */
  #more = false;

  /** `needs` answers what is ready now. */
  constructor(env: Env, own: string, needs: () => readonly string[], log: Log) {
    this.#env = env;
    this.#own = own;
    this.#needs = needs;
    this.#log = log;
  }

  /** Nobody here was free for `count` tasks. Comes back at once; never throws. */
  ask(count: number): void {
    const others = this.#others();
    if (count <= 0 || others.length === 0) return;
    this.#wanted += count;
    this.#more = true;
    if (this.#asking) return;
    this.#asking = true;
    void this.#askAll(others)
      .catch((error) => this.#log.warn("other shards not asked", { error }))
      .finally(() => {
        this.#asking = false;
        const cameLast = this.#more ? this.#wanted : 0;
        this.#wanted = 0;
        this.ask(cameLast);
      });
  }

  async #askAll(others: readonly ShardName[]): Promise<void> {
    for (let pauses = 0; pauses < pausesMs.length; pauses = this.#more ? 0 : pauses + 1) {
      this.#more = false;
      while (this.#wanted > 0 && (await this.#round(others))) if (this.#wanted <= 0) return;
      if (this.#needs().length === 0) return;
      await this.#pause(pausesMs[pauses] ?? glanceMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    for (let waited = 0; waited < ms && !this.#more; waited += glanceMs) await scheduler.wait(glanceMs);
  }

  /** Whether anybody was woken. */
  async #round(others: readonly ShardName[]): Promise<boolean> {
    let anybody = false;
    for (const shard of others) {
      const needs = this.#needs();
      if (this.#wanted <= 0 || needs.length === 0) break;
      const woken = await this.#wake(shard, { count: this.#wanted, needs });
      this.#wanted -= woken;
      anybody ||= woken > 0;
    }
    return anybody;
  }

  /** For how many tasks it had room: one that is away has none, and keeps nobody from the runners of the others. */
  async #wake(shard: ShardName, offer: Offer): Promise<number> {
    try {
      return await queueStub(this.#env, shard).wakeFor(offer);
    } catch (error) {
      this.#log.warn("another shard not asked", { sibling: shard, error });
      return 0;
    }
  }

  #others(): ShardName[] {
    const region = RegionId.safeParse(this.#own.slice(0, this.#own.indexOf(":")));
    if (!region.success) return [];
    const others = shardsOf(region.data, settingsOf(this.#env).queueShards).filter((shard) => shard !== this.#own);
    const start = Math.floor(Math.random() * others.length);
    return [...others.slice(start), ...others.slice(0, start)];
  }
}
