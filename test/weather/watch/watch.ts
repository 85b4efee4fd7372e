import { isAlive, type ProcessIdentity } from "@reelway/stack/process/identity";
import type { ProcessSample } from "./growth.ts";
import { descendantsOf, sizeOf } from "./process-table.ts";

const everyMs = 1_000;

/** Whose processes are looked at. */
export interface Watched {
  /** The processes that live long, by name. */
  longLived(): ReadonlyMap<string, ProcessIdentity>;
  readonly runners: readonly { readonly kept: { readonly service: { readonly identity: ProcessIdentity } } }[];
}

/** Looks at all processes of the house, every second. */
export class Watch {
  readonly samples: ProcessSample[] = [];
  readonly #house: Watched;
  readonly #since: number;
  readonly #seen = new Map<string, { program: string; identity: ProcessIdentity }>();
  readonly #timer: NodeJS.Timeout;

  constructor(house: Watched, since: number) {
    this.#house = house;
    this.#since = since;
    this.#timer = setInterval(() => this.look(), everyMs);
  }

  /** Also to be called before something is killed, whose children have no parent afterwards. */
  look(): void {
    const at = Date.now() - this.#since;
    for (const [name, identity] of this.#house.longLived()) {
      const size = isAlive(identity) ? sizeOf(identity.pid) : null;
      if (size !== null) this.samples.push({ at, name, pid: identity.pid, ...size });
    }
    const runners = this.#house.runners.map(({ kept }) => kept.service.identity.pid);
    for (const child of descendantsOf(...runners))
      this.#seen.set(`${child.identity.pid} ${child.identity.startMark}`, child);
  }

  /** Programs of runners that outlived the work they were started for: alive now, whoever their parent is. */
  strays(): string[] {
    for (const [key, { identity }] of this.#seen) if (!isAlive(identity)) this.#seen.delete(key);
    return [...this.#seen.values()].map(({ program, identity }) => `${program} (process ${identity.pid})`);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
