import type { HostLoad } from "@reelway/shared/contracts/host-load";

/** A load that was told longer ago than this says nothing, milliseconds. */
const forgottenAfterMs = 60_000;

/** How busy the runners of a shard say that they are. In memory: nobody decides by it, and the next beat tells it anew. */
export class HostLoads {
  readonly #told = new Map<string, { readonly load: HostLoad; readonly at: number }>();

  note(runnerId: string, load: HostLoad | undefined): void {
    if (load) this.#told.set(runnerId, { load, at: Date.now() });
    else this.#told.delete(runnerId);
  }

  of(runnerId: string): HostLoad | null {
    const told = this.#told.get(runnerId);
    if (told && Date.now() - told.at > forgottenAfterMs) this.#told.delete(runnerId);
    return this.#told.get(runnerId)?.load ?? null;
  }
}
