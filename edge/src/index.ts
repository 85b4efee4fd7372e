import { createApp } from "./app.ts";
import type { Env } from "./env.ts";
import { toldAfter } from "./observability/flush.ts";
import { handleQueue } from "./queues/consumer.ts";
import { handleScheduled } from "./queues/sweep.ts";

export { JobChannel } from "./objects/job-channel.ts";
export { MetricsHub } from "./objects/metrics-hub.ts";
export { RegionQueue } from "./objects/region-queue.ts";

const app = createApp();

export default {
  fetch: app.fetch,
  queue: (batch, env, ctx) => toldAfter(handleQueue(batch, env, ctx), env, ctx),
  scheduled: (_, env, ctx) => toldAfter(handleScheduled(env), env, ctx),
} satisfies ExportedHandler<Env>;
