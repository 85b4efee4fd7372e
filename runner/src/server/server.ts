import type { Health } from "@reelway/shared/contracts/health";
import fastify from "fastify";
import { version } from "../version.ts";
import type { Metrics, RunnerSnapshot } from "./metrics.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly snapshot: () => RunnerSnapshot;
  readonly now: () => number;
}

export interface HealthServer {
  /** Where it listens, such as `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/** The control plane counts as reached when it answered within this time, milliseconds. */
const contactMs = 60_000;

/** `/healthz`: the process is alive. `/readyz`: it takes work. `/metrics`: for Prometheus. */
export async function startServer({ host, port, metrics, snapshot, now }: ServerOptions): Promise<HealthServer> {
  const app = fastify({ bodyLimit: 1_024, requestTimeout: 10_000, forceCloseConnections: true });
  app.get("/healthz", async (): Promise<Health> => ({ status: "ok", version }));
  app.get("/readyz", async (_request, reply): Promise<Health> => {
    const { state, lastContactAt, doorbellConnected } = snapshot();
    const reached = lastContactAt !== null && now() - lastContactAt < contactMs;
    const ready = state === "running" && reached;
    reply.code(ready ? 200 : 503);
    return {
      status: ready ? "ok" : "unavailable",
      version,
      checks: {
        state,
        controlPlane: reached ? "reached" : "not reached",
        doorbell: doorbellConnected ? "connected" : "polling",
      },
    };
  });
  app.get("/metrics", async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  const url = await app.listen({ host, port });
  return { url, close: () => app.close() };
}
