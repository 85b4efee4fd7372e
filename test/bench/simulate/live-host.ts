import type { TaskRecord } from "@reelway/shared/scheduling/records";
import type { Host } from "./hosts.ts";
import type { Shard } from "./shard.ts";

/** A lease that a host works by. */
export interface Grant {
  readonly host: LiveHost;
  readonly shard: Shard;
  readonly task: TaskRecord;
  readonly startedAt: number;
  /** When the work is done, or fails; later where its host stood still meanwhile. */
  readonly endsAt: number;
  readonly fails: boolean;
  /** Told that it is lost, or ended: what was still to come of it does not. */
  isOver: boolean;
}

/** A slow host is slower by this. */
const slowness = 6;

/** A host that has joined. */
export class LiveHost {
  readonly host: Host;
  readonly home: Shard;
  readonly grants = new Set<Grant>();
  isAlive = true;

  constructor(host: Host, home: Shard) {
    this.host = host;
    this.home = home;
  }

  get free(): number {
    return this.isAlive ? this.host.slots - this.grants.size : 0;
  }

  isFrozen(now: number): boolean {
    const [from, to] = this.host.frozen;
    return from <= now && now < to;
  }

  /** When so much work is done that begins now: slow for a while, and at a stand for another. */
  endOf(workMs: number, now: number): number {
    const { speed, slow, frozen } = this.host;
    const overheadMs = 500;
    const quick = (at: number) => (slow[0] <= at && at < slow[1] ? speed / slowness : speed);
    let at = now;
    let left = workMs + overheadMs * speed;
    for (const border of [slow[0], slow[1]].filter((time) => time > now)) {
      const doable = (border - at) * quick(at);
      if (doable >= left) break;
      left -= doable;
      at = border;
    }
    const end = Math.ceil(at + left / quick(at));
    return frozen[0] < end && frozen[1] > now ? end + Math.ceil(frozen[1] - Math.max(frozen[0], now)) : end;
  }
}
