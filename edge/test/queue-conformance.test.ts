import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { SqlStore } from "@reelway/shared/scheduling/sql-store";
import { queueStoreConformance } from "@reelway/shared/scheduling/testing/conformance";
import { storageDriver } from "../src/objects/storage-driver.ts";

let objects = 0;

queueStoreConformance("SqlStore in a Durable Object", async (body) => {
  const object = env.REGION_QUEUE.getByName(`conformance:${objects++}`);
  await runInDurableObject(object, (_, { storage }) => {
    const open = () => new SqlStore(storageDriver(storage));
    body(open(), open);
  });
});
