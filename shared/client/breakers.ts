import { BreakerReset, Breakers } from "../contracts/breaker.ts";
import { type Http, pathOf } from "./http.ts";

export function breakersResource(http: Http) {
  return {
    list: (signal?: AbortSignal) => http.json({ method: "GET", path: "/breakers", schema: Breakers, signal }),
    reset: (key: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/breakers/${key}/reset`, schema: BreakerReset, signal }),
  };
}
