import { describe, expect, test } from "vitest";
import { regionIds, regions, regionsByDistance } from "./regions.ts";

describe("the nearest region", () => {
  test.each([
    ["Paris", { latitude: 48.9, longitude: 2.4 }, "weur"],
    ["São Paulo", { latitude: -23.5, longitude: -46.6 }, "enam"],
    ["Sydney", { latitude: -33.9, longitude: 151.2 }, "apac"],
    ["Honolulu, over the date line's other side", { latitude: 21.3, longitude: -157.9 }, "apac"],
    ["Lisbon, whatever its country says", { latitude: 38.7, longitude: -9.1, country: "JP", continent: "AS" }, "weur"],
    ["Dubai, by its country against its continent", { country: "AE", continent: "AS" }, "weur"],
    ["India, by its continent", { country: "IN", continent: "AS" }, "apac"],
    ["coordinates that are none", { latitude: Number.NaN, longitude: 8, continent: "AF" }, "weur"],
    ["half a place", { latitude: 50, country: "TR" }, "weur"],
    ["nowhere", {}, "enam"],
    ["a continent that is none", { continent: "T1" }, "enam"],
  ])("of %s", (_, place, region) => {
    expect(regionsByDistance(place)[0]).toBe(region);
  });

  test("no country is claimed by two regions", () => {
    const countries = regionIds.flatMap((id) => regions[id].countries);
    expect(new Set(countries).size).toBe(countries.length);
  });

  test("all regions are answered, each once, the own first", () => {
    for (const id of regionIds) {
      const ordered = regionsByDistance(regions[id]);
      expect(ordered[0]).toBe(id);
      expect([...ordered].sort()).toEqual([...regionIds].sort());
    }
  });
});
