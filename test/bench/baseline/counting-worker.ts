import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { readConfiguration, wanted } from "./configuration.ts";
import { queueName } from "./queue-name.ts";

/** BullMQ's own worker with nothing to do: how fast the queue itself gives out and takes back jobs, without HTTP. */
const { redisSocket } = readConfiguration(process.env);
const concurrency = Number(wanted(process.env, "BASELINE_CONCURRENCY"));
const wantedCount = Number(wanted(process.env, "BASELINE_COUNT"));

const connection = new Redis({ path: redisSocket, maxRetriesPerRequest: null });
let completed = 0;
const worker = new Worker(queueName, async () => ({ outputs: [] }), { connection, concurrency, autorun: false });
await worker.waitUntilReady();
process.stdout.write(`${JSON.stringify({ event: "ready" })}\n`);

const startedAt = performance.now();
worker.on("completed", () => {
  completed += 1;
  if (completed === wantedCount) report();
});
worker.on("drained", report);
const running = worker.run();

function report(): void {
  worker.removeAllListeners();
  const elapsedMs = performance.now() - startedAt;
  process.stdout.write(`${JSON.stringify({ event: "done", completed, elapsedMs })}\n`);
}

process.once("SIGTERM", async () => {
  await worker.close(true);
  await running;
  connection.disconnect();
});
