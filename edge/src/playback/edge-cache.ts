import type { Settings } from "../settings.ts";

/**
 * The cache of the place where the Worker runs, by storage key: one copy for all viewers, whatever their tokens, under a
 * name that nobody is shown. A Worker without a domain of its own has none; then nothing is ever found.
 */
export class EdgeCache {
  readonly #origin: string;

  constructor({ publicUrl }: Settings) {
    // Names of other hosts would cost a look-up each.
    this.#origin = new URL(publicUrl).origin;
  }

  /** What is kept under this key, or the part of it that a Range header asks for. */
  find(key: string, range?: string): Promise<Response | undefined> {
    return caches.default.match(this.#request(key, range === undefined ? {} : { range }));
  }

  /** Keeps a whole answer for as long as its Cache-Control says. */
  keep(key: string, response: Response): Promise<void> {
    return caches.default.put(this.#request(key), response);
  }

  #request(key: string, headers: Record<string, string> = {}): Request {
    return new Request(`${this.#origin}/stored/${key}`, { headers });
  }
}
