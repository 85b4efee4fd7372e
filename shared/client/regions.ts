import { z } from "zod";
import { RegionReport } from "../contracts/region.ts";
import type { Http } from "./http.ts";

export function regionsResource(http: Http) {
  return {
    list: (signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/regions", schema: z.object({ items: z.array(RegionReport) }), signal }),
  };
}
