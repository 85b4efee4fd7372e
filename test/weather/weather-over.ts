import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "../e2e/chaos/random.ts";
import { untilJobsEnded, untilQuiet, untilWebhooksArrived } from "./calm.ts";
import { examine } from "./examine/examine.ts";
import type { House } from "./house/house.ts";
import { Customer } from "./load/customer.ts";
import type { Ledger } from "./load/ledger.ts";
import { orderOnce } from "./load/order-once.ts";
import type { Order } from "./load/orders.ts";
import { Shelf } from "./load/shelf.ts";
import { Tenant } from "./load/tenant.ts";
import type { RunRecord } from "./report/record.ts";
import { customersPerTenant, tenantCount, type WeatherSettings } from "./settings.ts";
import { type Struck, season } from "./storms/season.ts";
import { verdictOn } from "./verdict/verdict.ts";
import type { HeapWatch } from "./watch/heap-watch.ts";
import type { Watch } from "./watch/watch.ts";

export interface Scene extends WeatherSettings {
  readonly house: House;
  readonly watch: Watch;
  readonly heap: HeapWatch;
  readonly ledger: Ledger;
  readonly orders: readonly Order[];
  readonly ends: RunRecord["ends"];
  /** When the weather begins, since the epoch. */
  readonly since: number;
  readonly say: (line: string) => void;
}

/** Load and storms, the calm after them, and what is left then. */
export async function weatherOver({
  house,
  watch,
  heap,
  ledger,
  orders,
  ends,
  since,
  weatherMs,
  seed,
  say,
}: Scene): Promise<RunRecord> {
  const now = () => Date.now() - since;
  const tenants = await Promise.all(
    Array.from({ length: tenantCount }, (_, index) => Tenant.open(house, ledger, index + 1)),
  );
  say(`the house stands at ${house.url}; the weather begins`);
  const struck: Struck[] = [];
  const over = new AbortController();
  const customers = customersOf(tenants, ledger, orders, seed).map((customer) => customer.live(over.signal));
  const storms = season(
    { house, watch, random: seededRandom(seed + 1), burst: (jobs) => burst(tenants, ledger, orders, jobs) },
    {
      ...{ weatherMs, random: seededRandom(seed) },
      onStruck(one) {
        struck.push(one);
        say(`${clock(one.at)}  ${one.name}: ${one.outcome}`);
      },
      onFailure: (name, error) => ledger.surprise(`storm "${name}": ${error}`),
    },
  );
  await delay(weatherMs);
  over.abort();
  await Promise.all([storms, ...customers]);
  const jobsOfWeather = ledger.jobs.size;

  say(`${clock(now())}  the weather is over; clients were told of ${jobsOfWeather} jobs`);
  await untilJobsEnded(house);
  const calmMs = now() - weatherMs;
  say(`${clock(now())}  nothing changes any more; each tenant orders one of everything`);
  await orderOneOfEach(tenants, ledger, orders);
  await untilJobsEnded(house);
  await untilWebhooksArrived(house, tenants);
  await untilQuiet(house, watch);
  say(`${clock(now())}  results are fetched and decoded`);
  const facts = await examine({ house, tenants, ledger, watch, heap });
  return {
    ...{ startedAt: since, seed, weatherMs, calmMs, jobsOfWeather, struck, ends },
    acts: [...ledger.acts],
    storageFaults: { ...house.storage.met },
    webhooks: { taken: house.receiver.taken.length, refused: house.receiver.refused },
    attempts: facts.stored.jobs.map(({ attempt }) => attempt),
    jobs: facts.stored.jobs.map(({ createdAt, finishedAt }) => [createdAt - since, (finishedAt ?? since) - since]),
    samples: watch.samples,
    heap: heap.samples,
    growth: facts.growth,
    hasSmallDisk: house.smallDisk !== null,
    checks: verdictOn(facts),
  };
}

function customersOf(tenants: readonly Tenant[], ledger: Ledger, orders: readonly Order[], seed: number): Customer[] {
  return tenants.flatMap((tenant, place) => {
    const shelf = new Shelf();
    return Array.from({ length: customersPerTenant }, (_, index) => {
      const random = seededRandom(seed + 100 * (place + 1) + index);
      return new Customer({ tenant, ledger, orders, shelf, random });
    });
  });
}

/** So many fetched jobs at once, of all tenants in turn. */
async function burst(
  tenants: readonly Tenant[],
  ledger: Ledger,
  orders: readonly Order[],
  jobs: number,
): Promise<void> {
  const order = orders.find(({ source }) => source === null);
  if (order === undefined) throw new Error("there is no order that needs no upload");
  await Promise.all(
    Array.from({ length: jobs }, async (_, index) => {
      const tenant = tenants[index % tenants.length];
      if (tenant !== undefined) await orderOnce(tenant, ledger, order);
    }),
  );
}

/** Under a clear sky, when all is over: what was broken on the way would show. */
async function orderOneOfEach(tenants: readonly Tenant[], ledger: Ledger, orders: readonly Order[]): Promise<void> {
  await Promise.all(
    tenants.map(async (tenant) => {
      for (const order of orders) await orderOnce(tenant, ledger, order);
    }),
  );
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
