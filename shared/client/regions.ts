import { z } from "zod";
import { type RegionDrainRequest, RegionReport } from "../contracts/region.ts";
import { type Http, pathOf } from "./http.ts";

export function regionsResource(http: Http) {
  return {
    list: (signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/regions", schema: z.object({ items: z.array(RegionReport) }), signal }),
    /** Nothing new goes there any more, and what waits there leaves. */
    drain: (id: string, request: RegionDrainRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/regions/${id}/drain`, body: request, schema: RegionReport, signal }),
    resume: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/regions/${id}/resume`, schema: RegionReport, signal }),
  };
}
