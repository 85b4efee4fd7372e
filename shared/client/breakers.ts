import { BreakerReset, Breakers } from "../contracts/breaker.ts";
import { type Http, pathOf } from "./http.ts";

/** Runners, presets and tenants that are paused because their work keeps failing. */
export function breakersResource(http: Http) {
  return {
    list: (signal?: AbortSignal) => http.json({ method: "GET", path: "/breakers", schema: Breakers, signal }),
    /** Lets a paused party work at once, with its failures forgotten. */
    reset: (key: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/breakers/${key}/reset`, schema: BreakerReset, signal }),
  };
}
