import type { Http } from "./http.ts";

/** For those who watch the installation. */
export function metricsResource(http: Http) {
  return {
    /** Everything that the control plane measures, in the text format of Prometheus (`metrics:read`). */
    text: async (signal?: AbortSignal): Promise<string> =>
      (await http.response({ method: "GET", prefix: "", path: "/metrics", signal })).text(),
  };
}
