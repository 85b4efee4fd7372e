import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { until } from "@reelway/stack/process/until";
import { z } from "zod";
import { storedRows } from "../support/stored-rows.ts";
import { readShards } from "./examine/shard-rows.ts";
import type { House } from "./house/house.ts";
import type { Tenant } from "./load/tenant.ts";
import { calmWithinMs } from "./settings.ts";
import type { Watch } from "./watch/watch.ts";

const lookEveryMs = 1_000;
const webhooksWithinMs = 180_000;
const quietWithinMs = 90_000;

const Count = z.object({ count: z.int() });
const Pending = z.object({
  id: z.string(),
  tenantId: z.string(),
  url: z.string(),
  eventType: z.string(),
  dueAt: z.int(),
});

/** Waits until every job has ended by itself; whoever has not by then is found by the verdict. */
export async function untilJobsEnded({ dataDir }: House): Promise<void> {
  const open = "SELECT count(*) AS count FROM jobs WHERE finishedAt IS NULL";
  await slowly(() => z.array(Count).parse(storedRows(dataDir, open))[0]?.count === 0, calmWithinMs);
}

/**
 * Waits until every webhook has arrived. A receiver that failed often is called again only after hours, and one that kept
 * failing is paused: as its owner would, each tenant ends the pause and asks for what is outstanding.
 */
export async function untilWebhooksArrived({ dataDir }: House, tenants: readonly Tenant[]): Promise<void> {
  const wanted =
    "SELECT id, tenantId, url, eventType, dueAt FROM webhook_deliveries WHERE state = 'pending' AND dueAt IS NOT NULL";
  for (const tenant of tenants)
    await tenant.ask(({ webhooks }) => webhooks.update(tenant.endpointId, { enabled: true }));
  await slowly(async () => {
    const pending = z.array(Pending).parse(storedRows(dataDir, wanted));
    for (const one of pending) {
      const tenant = tenants.find(({ id }) => id === one.tenantId);
      // A job's address is asked anew by what waits to go there.
      const again = one.eventType === "webhook.verify" ? pending.find(isWaitingFor(one)) : one;
      if (one.dueAt <= Date.now() + lookEveryMs || tenant === undefined || again === undefined) continue;
      await tenant
        .ask(({ webhooks }) => webhooks.redeliver(again.id))
        .catch((error: unknown) => {
          // It is being sent at this moment.
          if (!(error instanceof ReelwayError)) throw error;
        });
    }
    return pending.length === 0;
  }, webhooksWithinMs);
}

function isWaitingFor({ tenantId, url }: z.infer<typeof Pending>) {
  return (one: z.infer<typeof Pending>) =>
    one.tenantId === tenantId && one.url === url && one.eventType !== "webhook.verify";
}

/** Waits until nothing is under way any more: no event, no lease, no file in a scratch space, no program. */
export async function untilQuiet(house: House, watch: Watch): Promise<void> {
  await slowly(
    () =>
      watch.strays().length === 0 &&
      scratchFiles(house).length === 0 &&
      readShards(house.dataDir).every(
        ({ activeLeases, lastSequence, acknowledged }) => activeLeases === 0 && acknowledged >= lastSequence,
      ),
    quietWithinMs,
  );
}

/** What lies in the runners' scratch spaces. */
export function scratchFiles({ runners }: House): string[] {
  return runners.flatMap(({ name, scratch }) => {
    try {
      return readdirSync(scratch, { recursive: true, encoding: "utf8" }).map((path) => `${name}: ${path}`);
    } catch {
      return [];
    }
  });
}

async function slowly(isDone: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  await until(async () => {
    if (await isDone()) return true;
    await delay(lookEveryMs);
    return false;
  }, withinMs);
}
