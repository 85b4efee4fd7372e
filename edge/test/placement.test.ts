import { env } from "cloudflare:workers";
import { newId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import { beforeEach, describe, expect, test } from "vitest";
import { regionForAsset, regionForWork, useOf } from "../src/regions/choose-region.ts";
import { placeAsset, placeJob } from "../src/regions/place.ts";
import { settingsOf } from "../src/settings.ts";
import { databaseOf } from "../src/store/database.ts";
import { regionStates, tenants } from "../src/store/schema.ts";

const settings = settingsOf(env);
const database = databaseOf(env);
const paris = { latitude: 48.9, longitude: 2.4 };
const alive = { servedAt: 1_000_000, lookedAt: 1_000_000, drainedAt: null, failedOverAt: null };

/** Each test in its own time: nothing that an earlier one had read still counts. */
let now = Date.now();
beforeEach(async () => {
  now += limits.placementCacheMs;
  await database.delete(regionStates);
});

async function stand(region: RegionId, state: Partial<typeof regionStates.$inferInsert>) {
  await database.insert(regionStates).values({ region, ...alive, ...state });
}

async function tenantWith(allowedRegions: RegionId[] | null): Promise<string> {
  const id = newId("ten");
  await database.insert(tenants).values({ id, name: "tenant", allowedRegions, createdAt: 1 });
  return id;
}

const assetOf = (tenantId: string, wanted?: RegionId) =>
  placeAsset(env, settings, { tenantId, wanted, place: paris, now });
const jobOf = (tenantId: string, assetRegion: RegionId) => placeJob(env, settings, { tenantId, assetRegion, now });

describe("an asset goes", () => {
  test("to the nearest region while nobody has looked at any", async () => {
    expect(await assetOf(await tenantWith(null))).toBe("weur");
  });

  test("never where its tenant may not be, however near", async () => {
    const tenant = await tenantWith(["apac", "enam"]);
    expect(await assetOf(tenant)).toBe("enam");
    await expect(assetOf(tenant, "weur")).rejects.toMatchObject({ code: "invalid_request" });
    expect(await assetOf(tenant, "apac")).toBe("apac");
  });

  test("past a drained region, and one without runners where there is a choice", async () => {
    await stand("weur", { drainedAt: 5 });
    await stand("enam", { servedAt: null });
    await stand("apac", {});
    expect(await assetOf(await tenantWith(null))).toBe("apac");
    expect(await assetOf(await tenantWith(["weur", "enam"]))).toBe("enam");
    await expect(assetOf(await tenantWith(["weur"]))).rejects.toMatchObject({ code: "region_unavailable" });
    await expect(assetOf(await tenantWith(null), "weur")).rejects.toMatchObject({ code: "region_unavailable" });
    // The wanted one, even where nobody works yet.
    expect(await assetOf(await tenantWith(null), "enam")).toBe("enam");
  });

  test("is decided by what is stored within seconds, not by what an isolate remembers", async () => {
    const tenant = await tenantWith(null);
    expect(await assetOf(tenant)).toBe("weur");
    await stand("weur", { drainedAt: 5 });
    await database.update(tenants).set({ allowedRegions: ["apac", "weur"] });
    now += limits.placementCacheMs;
    expect(await assetOf(tenant)).toBe("apac");
  });
});

describe("a job goes", () => {
  test("to its asset's region, also while nobody works there", async () => {
    await stand("weur", { servedAt: null });
    expect(await jobOf(await tenantWith(null), "weur")).toBe("weur");
  });

  test("to the nearest that serves where its asset's is drained or failing over", async () => {
    await stand("weur", { failedOverAt: 5 });
    await stand("enam", {});
    await stand("apac", {});
    expect(await jobOf(await tenantWith(null), "weur")).toBe("enam");
    expect(await jobOf(await tenantWith(["weur", "apac"]), "weur")).toBe("apac");
    // There is nowhere else: it waits where it is at home.
    expect(await jobOf(await tenantWith(["weur"]), "weur")).toBe("weur");
  });

  test("nowhere where all that its tenant allows is drained", async () => {
    await stand("weur", { drainedAt: 5 });
    await expect(jobOf(await tenantWith(["weur"]), "weur")).rejects.toMatchObject({ code: "region_unavailable" });
  });
});

test("whatever the regions' states, what is chosen is one of those offered, is open, and alive where one is", () => {
  const uses = [
    useOf(undefined, 100),
    useOf(alive, 100),
    useOf({ ...alive, drainedAt: 1 }, 100),
    useOf({ ...alive, failedOverAt: 1 }, 100),
    useOf({ ...alive, servedAt: null }, 100),
    useOf({ ...alive, servedAt: alive.lookedAt - 100 }, 100),
    useOf({ ...alive, servedAt: null, failedOverAt: 1, drainedAt: 1 }, 100),
  ];
  const orders = [regionIds, [...regionIds].reverse(), regionIds.slice(1), regionIds.slice(0, 1), []];
  for (const a of uses)
    for (const b of uses)
      for (const c of uses)
        for (const order of orders) {
          const use = (region: RegionId) => [a, b, c][regionIds.indexOf(region)] ?? a;
          const open = order.filter((region) => use(region).open);
          const asset = regionForAsset(order, use);
          expect(asset === undefined ? open : open.includes(asset)).toEqual(asset === undefined ? [] : true);
          if (asset && !use(asset).alive) expect(open.some((region) => use(region).alive)).toBe(false);
          const work = regionForWork("enam", order, use);
          expect(work === undefined ? open : open.includes(work)).toEqual(work === undefined ? [] : true);
          if (order.includes("enam") && use("enam").serves) expect(work).toBe("enam");
        }
});
