import { createApp } from "./app.ts";
import type { Env } from "./env.ts";
import { handleQueue } from "./queues/consumer.ts";
import { handleScheduled } from "./queues/sweep.ts";

export { JobChannel } from "./objects/job-channel.ts";
export { RegionQueue } from "./objects/region-queue.ts";

const app = createApp();

export default {
  fetch: app.fetch,
  queue: handleQueue,
  scheduled: (_, env) => handleScheduled(env),
} satisfies ExportedHandler<Env>;
