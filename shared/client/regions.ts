import { z } from "zod";
import { type RegionDrainRequest, RegionReport } from "../contracts/region.ts";
import { RegionHistory, type RegionHistoryQuery } from "../contracts/region-history.ts";
import { type Http, pathOf } from "./http.ts";

/** Where bytes lie and work is done. */
export function regionsResource(http: Http) {
  return {
    /** For those who may see the fleet with what waits and runs in each. */
    list: (signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/regions", schema: z.object({ items: z.array(RegionReport) }), signal }),
    /** How they did over time. */
    history: (query: RegionHistoryQuery = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/regions/history", query, schema: RegionHistory, signal }),
    /** Nothing new goes there any more, and what waits there leaves. */
    drain: (id: string, request: RegionDrainRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/regions/${id}/drain`, body: request, schema: RegionReport, signal }),
    /** Puts a drained region into use again. */
    resume: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/regions/${id}/resume`, schema: RegionReport, signal }),
  };
}
