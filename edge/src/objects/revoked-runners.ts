/** Longer than any isolate trusts a credential that was revoked: after it nobody lets the runner come this far. */
const KEPT_MS = 3_600_000;
const prefix = "revoked-runner:";

/** Runners whose credential was taken back a while ago: isolates that have not heard of it yet still let them through. */
export class RevokedRunners {
  readonly #storage: DurableObjectStorage;
  readonly #ids = new Set<string>();

  constructor(storage: DurableObjectStorage, now: number) {
    this.#storage = storage;
    for (const [key, revokedAt] of [...storage.kv.list<number>({ prefix })]) {
      if (revokedAt + KEPT_MS < now) storage.kv.delete(key);
      else this.#ids.add(key.slice(prefix.length));
    }
  }

  add(runnerId: string, now: number): void {
    this.#ids.add(runnerId);
    this.#storage.kv.put(prefix + runnerId, now);
  }

  has(runnerId: string): boolean {
    return this.#ids.has(runnerId);
  }
}
