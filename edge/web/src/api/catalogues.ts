import { useQuery } from "@tanstack/preact-query";
import { client } from "./client.ts";

const forTheDay = { staleTime: 3_600_000 };

export function usePresets() {
  return useQuery({
    queryKey: ["presets"],
    queryFn: async ({ signal }) => (await client.presets.list(signal)).items,
    ...forTheDay,
  });
}

export function useRegions() {
  return useQuery({
    queryKey: ["regions"],
    queryFn: async ({ signal }) => (await client.regions.list(signal)).items,
    staleTime: 60_000,
  });
}

/** A source's name and size, which do not change. */
export function useAsset(id: string) {
  return useQuery({ queryKey: ["asset", id], queryFn: ({ signal }) => client.assets.get(id, signal), ...forTheDay });
}
