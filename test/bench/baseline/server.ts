import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { createBaselineApp } from "./app.ts";
import { readConfiguration } from "./configuration.ts";
import { Credentials } from "./credentials.ts";
import { JobStore } from "./job-store.ts";
import { Leases } from "./leases.ts";
import { queueName } from "./queue-name.ts";

const configuration = readConfiguration(process.env);
const redis = new Redis({ path: configuration.redisSocket, maxRetriesPerRequest: null });
const queue = new Queue(queueName, { connection: redis });
const leases = new Leases(queue, redis);
await leases.start();
const app = createBaselineApp({
  credentials: new Credentials(redis, configuration.pepper),
  store: new JobStore(redis),
  queue,
  leases,
  filesDirectory: configuration.filesDirectory,
});
const url = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ event: "ready", url })}\n`);

process.once("SIGTERM", async () => {
  await app.close();
  await leases.close();
  await queue.close();
  redis.disconnect();
});
