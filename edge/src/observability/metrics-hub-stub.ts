import type { Env } from "../env.ts";
import type { MetricsHub } from "../objects/metrics-hub.ts";

/** The one object that adds up what all isolates count. It holds names of routes and regions, nothing of any tenant. */
export function metricsHub(env: Env): DurableObjectStub<MetricsHub> {
  return env.METRICS_HUB.getByName("all");
}
