import { readFileSync } from "node:fs";
import { startSourceServer } from "../support/source-server.ts";
import { buildHouse } from "./house/house.ts";
import { Ledger } from "./load/ledger.ts";
import { ordersOf } from "./load/orders.ts";
import { makeSources } from "./load/sources.ts";
import type { RunRecord } from "./report/record.ts";
import type { WeatherSettings } from "./settings.ts";
import { HeapWatch } from "./watch/heap-watch.ts";
import { Watch } from "./watch/watch.ts";
import { weatherOver } from "./weather-over.ts";

/**
 * Builds the house in this folder, lets the weather over it, waits for calm, and looks at what is left.
 * @throws when `interrupted` resolves first; the house is taken down then, too.
 */
export async function run(
  home: string,
  { weatherMs, seed }: WeatherSettings,
  say: (line: string) => void,
  interrupted: Promise<unknown>,
): Promise<RunRecord> {
  const sources = await makeSources();
  const web = await startSourceServer(readFileSync(sources.small.path));
  const ends: RunRecord["ends"][number][] = [];
  let since = Date.now();
  const house = await buildHouse(home, (name, how) => ends.push({ at: Date.now() - since, name, how }));
  since = Date.now();
  const watch = new Watch(house, since);
  const heap = new HeapWatch(house, since);
  try {
    const orders = ordersOf(sources, web.url);
    const scene = { house, watch, heap, ledger: new Ledger(), orders, ends, since, weatherMs, seed, say };
    const stopped = interrupted.then((): never => {
      throw new Error("interrupted");
    });
    return await Promise.race([weatherOver(scene), stopped]);
  } finally {
    watch.stop();
    heap.stop();
    await house.stop();
    await web.close();
  }
}
